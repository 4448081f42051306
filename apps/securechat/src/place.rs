//! Which folders are meant when none is named (XDG base directories), and what this machine is called.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use securechat_client::{Failure, Home, NewKey};

/// The folder of this device.
pub(crate) fn home(given: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match given {
        Some(dir) => Ok(dir),
        None => Ok(data_home()?.join("securechat").join("device")),
    }
}

/// Takes a folder in which a device may come into being.
pub(crate) fn new_device(dir: &Path) -> Result<Home, Failure> {
    let wish = new_key(std::env::var_os("SECURECHAT_KEYRING").as_deref())?;
    Ok(Home::own(dir)?.with_new_key(wish))
}

/// Where a new device's key may go; a word that means nothing must not be taken for either.
fn new_key(wish: Option<&OsStr>) -> Result<NewKey, Failure> {
    match wish.map(|wish| wish.to_string_lossy().into_owned()).as_deref() {
        None | Some("" | "auto") => Ok(NewKey::KeyringIfOpen),
        Some("off") => Ok(NewKey::File),
        Some(other) => Err(Failure::Usage(format!("SECURECHAT_KEYRING is '{other}'; it can be off or auto"))),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_goes_where_the_environment_says() {
        let place = |wish: Option<&str>| new_key(wish.map(OsStr::new));
        for wish in [None, Some(""), Some("auto")] {
            assert_eq!(place(wish).ok(), Some(NewKey::KeyringIfOpen), "{wish:?}");
        }
        assert_eq!(place(Some("off")).ok(), Some(NewKey::File));
        assert_eq!(place(Some("no")).map_err(|failure| failure.exit_code()), Err(2));
    }
}
