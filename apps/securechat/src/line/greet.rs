//! The old greeting: sign in or create an account, name, password.

use std::path::Path;

use securechat_client::{Client, ComeBack, Failure, Home, InviteLink, LogIn};

use crate::told::{be_let_in, confirm_words, say_key_place, welcome};
use crate::{place, print, prompt};

/// Asks until somebody is in or nothing more comes.
pub(crate) async fn enter(home: &Path, link: &InviteLink) -> Result<Client, Failure> {
    let home = place::new_device(home)?;
    loop {
        print::line("Type `login` to sign in or `register` to create an account.");
        print::say("(Logged in on another device? Type `link`: it lets this one in, without a password.)");
        print::say("(Forgot your password? Type `recover`: your recovery key lets you in.)");
        let Some(choice) = prompt::read_line() else { return Err(Failure::NotLoggedIn) };
        let entered = match choice.trim().to_lowercase().as_str() {
            "login" => login(&home, link).await,
            "link" => be_linked(&home, link).await,
            "recover" => recover(&home, link).await,
            "register" => register(&home, link).await,
            _ => continue,
        };
        match entered {
            Ok(()) => return Client::start(home),
            // A person may try again at once; whoever feeds a pipe cannot.
            Err(
                failure @ (Failure::BadPassword
                | Failure::WrongRecoveryKey
                | Failure::Usage(_)
                | Failure::Refused(_)),
            ) if prompt::is_interactive() => {
                print::error(&failure.to_string());
            }
            Err(failure) => return Err(failure),
        }
    }
}

async fn login(home: &Home, link: &InviteLink) -> Result<(), Failure> {
    let name = prompt::ask("Username: ")?;
    let password = prompt::password(None, "Password (hidden): ")?;
    let device = place::machine();
    let log_in = LogIn { link, user_name: name.trim(), password: &password, device_name: &device };
    let loopback = link.address.is_loopback();
    securechat_client::log_in(home, &log_in, |words| confirm_words(words, None, loopback)).await?;
    say_key_place(home)?;
    print::line("Authentication successful!");
    Ok(())
}

async fn be_linked(home: &Home, link: &InviteLink) -> Result<(), Failure> {
    let user_name = be_let_in(home, link, &place::machine()).await?;
    say_key_place(home)?;
    print::line(&format!("Linked. You are {user_name} here."));
    Ok(())
}

async fn recover(home: &Home, link: &InviteLink) -> Result<(), Failure> {
    let name = prompt::ask("Username: ")?;
    let key = prompt::recovery_key(None)?;
    let password = prompt::new_password(None)?;
    let device = place::machine();
    let back = ComeBack {
        link,
        user_name: name.trim(),
        recovery_key: &key,
        new_password: &password,
        device_name: &device,
    };
    let loopback = link.address.is_loopback();
    securechat_client::recover(home, &back, |words| confirm_words(words, None, loopback)).await?;
    say_key_place(home)?;
    print::line("Welcome back. Your new password holds.");
    Ok(())
}

async fn register(home: &Home, link: &InviteLink) -> Result<(), Failure> {
    let name = prompt::ask("Username: ")?;
    let password = prompt::new_password(None)?;
    let joined = securechat_client::register(home, link, name.trim(), &password, &place::machine()).await?;
    say_key_place(home)?;
    print::line("Registration successful!");
    welcome(&joined);
    Ok(())
}
