//! Which folders are meant when none is named (XDG base directories), and what this machine is called.

use std::path::PathBuf;

use securechat_client::Failure;

/// The folder of this device.
pub(crate) fn home(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir),
        None => Ok(data_home()?.join("securechat").join("device")),
    }
}

/// The folder of a server.
pub(crate) fn server(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir),
        None => Ok(data_home()?.join("securechat").join("server")),
    }
}

fn data_home() -> Result<PathBuf, Failure> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_DATA_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".local").join("share")))
        .ok_or_else(|| {
            Failure::Usage("neither HOME nor XDG_DATA_HOME is set; name a folder with --home".into())
        })
}

/// How this machine is called, as a name for its device.
pub(crate) fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "terminal".to_owned() } else { name }
}
