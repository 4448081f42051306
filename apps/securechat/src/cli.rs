//! The command line as its users see it: every doc comment here is help text and manual.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Private team chat: one program, every room end-to-end encrypted.
///
/// Start `securechat serve` on a machine the team owns, open the printed owner link with `securechat register LINK`, make
/// an invite with `securechat invite`, and give its link to everybody else.
///
/// A new device's key goes into the desktop's keyring if one is open, else into a file in its folder (mode 600);
/// SECURECHAT_KEYRING=off always takes the file. `securechat doctor` says where it is.
///
/// Exit codes: 0 ok, 1 anything else, 2 usage, 3 not logged in, 4 refused by the server, 5 cannot reach the server,
/// 6 trust problem, 7 bad password.
#[derive(Debug, Parser)]
#[command(name = "securechat", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Folder of this device [default: the XDG data folder]
    #[arg(long, global = true, env = "SECURECHAT_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Say more on stderr; twice for everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the team's server on this machine
    Serve(Serve),
    /// Create an account by an invite or owner link
    Register(Register),
    /// Add this machine to an account you have
    Login(Login),
    /// Come back without your password: by recovery key, on a new device
    Recover(Recover),
    /// Add this machine to an account you have, by a code that you enter on another device of yours
    ///
    /// Shows a QR code, a link and a code, and waits five minutes for `securechat devices link CODE` there, or for the code in
    /// Settings, Devices of the web app.
    Link(Link),
    /// End this device's session and wipe its keys from this machine
    Logout,
    /// Talk: a full-screen app on a terminal, plain lines otherwise
    Chat(Chat),
    /// Send a message
    Send(Send),
    /// Print messages
    Tail(Tail),
    /// List rooms
    Rooms(Json),
    /// Create, join, leave a room; see and change who is in it
    Room {
        #[command(subcommand)]
        act: Room,
    },
    /// Print what came while you were away
    Inbox(Inbox),
    /// Make an invite link, or list and revoke invites
    Invite(Invite),
    /// Change your password
    Passwd(Passwd),
    /// List your devices, link a new one, revoke one
    Devices(Devices),
    /// Show what you and somebody compare to know nobody stands between you; mark them as verified
    Verify(Verify),
    /// Show your recovery key again, or make a new one
    Recovery(Recovery),
    /// Show everything the server holds about you
    Report(ReportArgs),
    /// Check whether all is well: connection, clock, memory, devices, rooms, what waits; mend what mends by itself
    ///
    /// Exits with 0 when all is good or was mended, with 1 when something should be looked at. Works without a connection.
    Doctor(Json),
    /// Show who you are here
    Whoami(Json),
    /// Serve the web app from this program, to a browser on this machine
    ///
    /// The browser runs this program's code and not a server's, and talks to your server through this program, which knows
    /// its identity: no certificate warning, and no trust in what is served. Without an argument it is the server of the
    /// device that is logged in here; the browser becomes a device of its own.
    Web(Web),
    /// Check that a server serves the web app of this program
    ///
    /// Fetches every file and compares it. It shows what is served to this machine now: a server that means harm to one
    /// person can serve that person something else, which `securechat web` rules out. Exits with 6 if something differs.
    VerifyWeb(VerifyWeb),
    /// List people; give roles; deactivate somebody
    People(People),
    /// Say how you want to be called
    Name {
        /// Display name, seen by the team only
        name: String,
    },
    /// Write everything that this device has of your rooms into a folder, readable and for programs; NOT encrypted
    Export(Export),
    /// Take in an export: messages that are not here, marked as not checked by this device
    Import {
        /// Folder of the export
        dir: PathBuf,
    },
    /// Work on a server's data folder, on its machine
    Admin {
        #[command(subcommand)]
        act: Admin,
    },
    /// Print a completion script
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct Json {
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Whom, as @name
    pub user: String,
    /// What the other one sees for you: the number, the four words or the QR code's text
    #[arg(long, value_name = "NUMBER|WORDS", conflicts_with = "accept")]
    pub confirm: Option<String>,
    /// Take new keys of somebody whom you had verified, without comparing again
    #[arg(long)]
    pub accept: bool,
    /// Also draw the QR code
    #[arg(long)]
    pub qr: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Instead, write what must not happen and did (two views of people or rooms) to a file, to hand on
    #[arg(long, value_name = "FILE")]
    pub evidence: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Folder for the server's data [default: the XDG data folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where to listen; may be given several times [default: port 8765 on every address]
    #[arg(long, value_name = "ADDR:PORT")]
    pub listen: Vec<SocketAddr>,
    /// TOML file; nothing needs one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Your own certificate chain (PEM), instead of the private one
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Key of your own certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Print one JSON line when ready
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    /// The link you were given; put it in quotes
    pub link: String,
    /// Your user name: 1 to 32 of a-z, 0-9, '.', '_', '-'
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// How this device is called [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// With a reset link: begin your account anew without being asked again
    #[arg(long, requires = "username")]
    pub reset: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Recover {
    /// https://HOST:PORT or any link of the server
    pub server: String,
    /// Your user name
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the recovery key from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub recovery_key_file: Option<PathBuf>,
    /// Read the new password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// How this device is called [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// The server's four words, if you have them from its operator and not a link
    #[arg(long, value_name = "WORDS")]
    pub words: Option<String>,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Recovery {
    #[command(subcommand)]
    pub act: Option<RecoveryAct>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryAct {
    /// Make a new recovery key; the old one ends
    Rotate,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// https://HOST:PORT or any link of the server
    pub server: String,
    /// Your user name
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// How this device is called [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// The server's four words, if you have them from its operator and not a link
    #[arg(long, value_name = "WORDS")]
    pub words: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    /// https://HOST:PORT or any link of the server
    #[arg(value_name = "SERVER|LINK")]
    pub server: Option<String>,
    /// How this device is called [default: the machine's name]
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesAct {
    /// Let in a new device that shows a code
    Link {
        /// The code or the link that it shows
        #[arg(value_name = "CODE|LINK")]
        code: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Chat {
    /// Link or server, when nobody is logged in here yet
    pub server: Option<String>,
    /// Plain lines even on a terminal
    #[arg(long, alias = "line")]
    pub plain: bool,
    /// Room to begin in
    #[arg(long, value_name = "#ROOM")]
    pub room: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    /// #room or @user
    pub target: String,
    /// The text; '-' or nothing sends each line of standard input as a message
    pub text: Option<String>,
    /// One JSON object for each message the server has
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// #room or @user; all rooms you are in if none is given
    pub targets: Vec<String>,
    /// Only what is newer: 30s, 15m, 1h, 7d, or after a message's number
    #[arg(long, value_name = "AGE|SEQ")]
    pub since: Option<String>,
    /// Go on with what comes
    #[arg(long, short)]
    pub follow: bool,
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Folder to make; it must not be there
    pub dir: PathBuf,
    /// Only this room; may be given several times
    #[arg(long, value_name = "#ROOM")]
    pub room: Vec<String>,
    /// What to write
    #[arg(long, value_enum, default_value = "both")]
    pub format: ExportFormat,
    /// First read back everything that the server still has
    #[arg(long)]
    pub all: bool,
}

/// What an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// JSON lines, which can be imported
    Json,
    /// Pages to read
    Html,
    /// Both
    Both,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Room {
    /// Make a room
    Create {
        /// Its name
        name: String,
        /// One line on what it is for
        #[arg(long, default_value = "")]
        topic: String,
        /// Known only to its members, who are added
        #[arg(long)]
        private: bool,
        /// What newcomers may read back
        #[arg(long, value_enum, default_value = "shared")]
        history: HistoryArg,
        /// Delete messages after so many days
        #[arg(long, value_name = "DAYS", value_parser = days)]
        keep: Option<u32>,
        /// People to add, as @name
        people: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Join an open room
    Join {
        /// #room
        room: String,
    },
    /// Leave a room
    Leave {
        /// #room
        room: String,
    },
    /// Let a stopped room go on
    ///
    /// What it stopped at is taken in once more; if that was tried, or its keys are of no use, this device leaves its state of
    /// the room behind, comes back with new keys and reads what it missed.
    Repair {
        /// #room
        room: String,
    },
    /// Put away what was wrong with a room that goes on: you have looked at it
    Seen {
        /// #room
        room: String,
    },
    /// Make a room that is beyond repair anew, with the same name and people; its admins may
    Reset {
        /// #room
        room: String,
    },
    /// List who is in a room
    Members {
        /// #room or @user
        room: String,
        /// One JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Add people
    Add {
        /// #room
        room: String,
        /// As @name
        #[arg(required = true)]
        people: Vec<String>,
    },
    /// Remove a person
    Remove {
        /// #room
        room: String,
        /// As @name
        person: String,
    },
    /// Make a person an admin of a room, who adds and removes people and changes what newcomers may read
    Admin {
        /// #room
        room: String,
        /// As @name
        person: String,
        /// Take it from them instead
        #[arg(long)]
        remove: bool,
    },
    /// Let newcomers of a room read back less from now on; this is never loosened again
    History {
        /// #room
        room: String,
        /// What newcomers may still read back
        #[arg(value_enum)]
        history: HistoryArg,
    },
    /// Set how long messages are kept; older ones are deleted on the server and on every device
    Keep {
        /// #room
        room: String,
        /// Days from 1 to 36500, or 'forever'
        #[arg(value_name = "DAYS|forever", value_parser = days)]
        days: u32,
    },
}

/// `30`, `30d` or `forever`, which is 0.
fn days(text: &str) -> Result<u32, String> {
    let days = match text {
        "forever" => Some(0),
        text => {
            text.strip_suffix('d').unwrap_or(text).parse().ok().filter(|days| (1..=36_500).contains(days))
        }
    };
    days.ok_or_else(|| "write the days, as 30, or 'forever'".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum HistoryArg {
    /// Everything that is kept
    Shared,
    /// From their joining on
    #[value(name = "since_join", alias = "since-join")]
    SinceJoin,
    /// Nothing is kept to be read back
    None,
}

#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
    /// Mark all of it as read
    #[arg(long)]
    pub read: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// How many people may use it
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub uses: u32,
    /// How long it works: 30m, 12h, 7d
    #[arg(long, value_name = "TIME", default_value = "7d")]
    pub expires: String,
    /// Also draw a QR code
    #[arg(long)]
    pub qr: bool,
    /// Give the admin role
    #[arg(long)]
    pub admin: bool,
    /// List the invites that still work
    #[arg(long, conflicts_with_all = ["revoke", "qr", "admin"])]
    pub list: bool,
    /// End an invite
    #[arg(long, value_name = "ID")]
    pub revoke: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Passwd {
    /// Read the present password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Read the new password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub new_password_file: Option<PathBuf>,
    /// Leave the sessions of your other devices open
    #[arg(long)]
    pub keep_sessions: bool,
    /// Set a new password without the present one: this device is logged in and may
    #[arg(long, conflicts_with_all = ["password_file", "keep_sessions"])]
    pub forgotten: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Devices {
    #[command(subcommand)]
    pub act: Option<DevicesAct>,
    /// Say that a device that was asked about is yours, by its id or the beginning of it
    #[arg(long, value_name = "ID")]
    pub mine: Option<String>,
    /// Revoke a device that you have in your hands, by its id or the beginning of it
    #[arg(long, value_name = "ID", conflicts_with_all = ["lost", "unlock"])]
    pub revoke: Option<String>,
    /// Revoke a device that is lost or stolen, and replace every key that it knew, your recovery key too
    #[arg(long, value_name = "ID", conflicts_with = "unlock")]
    pub lost: Option<String>,
    /// After another device gave one up as lost: type your password once here
    #[arg(long)]
    pub unlock: bool,
    /// Read the password from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Web {
    /// Link or server, when it is not the one of this machine's device
    #[arg(value_name = "LINK|SERVER")]
    pub server: Option<String>,
    /// Port on this machine; a browser keeps what it stores by port
    #[arg(long, value_name = "N", default_value_t = securechat_tunnel::PORT)]
    pub port: u16,
    /// The server's four words, if you have them from its operator and not a link
    #[arg(long, value_name = "WORDS", requires = "server")]
    pub words: Option<String>,
    /// Print one JSON line when ready
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyWeb {
    /// https://HOST:PORT or any link of the server
    pub url: String,
    /// One JSON object for each file that differs or is missing
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct People {
    /// Give somebody a role: @name=member|admin|owner
    #[arg(long, value_name = "@NAME=ROLE")]
    pub role: Option<String>,
    /// Deactivate somebody: sessions end, every room removes them
    #[arg(long, value_name = "@NAME")]
    pub deactivate: Option<String>,
    /// Make a link by which somebody who lost everything begins anew
    #[arg(long, value_name = "@NAME")]
    pub reset_link: Option<String>,
    /// One JSON object per line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make an invite link
    Invite {
        #[command(flatten)]
        data: DataDir,
        /// How many people may use it
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// How long it works: 30m, 12h, 7d
        #[arg(long, default_value = "7d")]
        expires: String,
    },
    /// Make a new owner link, while the team has no owner
    OwnerLink {
        #[command(flatten)]
        data: DataDir,
    },
    /// Make a link by which somebody who lost everything begins anew: password, recovery key and every device
    ResetLink {
        /// Whom, as @name
        user: String,
        #[command(flatten)]
        data: DataDir,
    },
    /// List accounts
    Users {
        #[command(flatten)]
        data: DataDir,
    },
    /// Check the data folder, or a backup given as --data: files, database, chains, logs; change nothing
    Check {
        #[command(flatten)]
        data: DataDir,
    },
    /// Copy the data folder into a new folder, while the server runs or not, and check the copy
    Backup {
        /// The new folder; it holds keys, so keep it as safe as the server
        #[arg(value_name = "DIR")]
        to: PathBuf,
        #[command(flatten)]
        data: DataDir,
    },
    /// Put a backup in the data folder's place, with the server stopped; everybody's program says that this happened
    Restore {
        /// What `admin backup` made
        #[arg(value_name = "DIR")]
        from: PathBuf,
        /// Move a folder that is there already aside
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        data: DataDir,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DataDir {
    /// The server's data folder [default: the XDG data folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
