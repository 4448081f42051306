//! Reads the configuration file, and says which file and key is wrong.

use std::env;
use std::path::{Path, PathBuf};

use super::Config;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A key is unknown or its value impossible.
    #[error("{}, line {line}: {why}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// Where in it; 0 when it is about the whole.
        line: usize,
        /// What is wrong, naming the key.
        why: String,
    },
    /// Neither XDG_DATA_HOME nor HOME is set.
    #[error("there is no home folder to keep data in; name one with --data DIR")]
    NoHome,
}

impl Config {
    /// Reads a file over the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] that names the file, the line and the key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        Self::parse(&text).map_err(|(line, why)| ConfigError::Wrong { path: path.to_owned(), line, why })
    }

    /// Reads the text of a file over the defaults.
    ///
    /// # Errors
    /// Line (0 when it is about the whole) and reason.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| 1 + text[..span.start].matches('\n').count());
            (line, error.message().replace('\n', " "))
        })?;
        config.passwords.check().map_err(|why| (0, why))?;
        config.tls.check().map_err(|why| (0, why))?;
        config.connections.check().map_err(|why| (0, why))?;
        Ok(config)
    }

    /// Where data is kept.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`].
    pub fn data_folder(&self) -> Result<PathBuf, ConfigError> {
        if let Some(data) = &self.data {
            return Ok(data.clone());
        }
        let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        absolute("XDG_DATA_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
            .map(|base| base.join("securechat").join("server"))
            .ok_or(ConfigError::NoHome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
    }

    #[test]
    fn each_section_is_read() {
        let config = Config::parse(
            r#"
            data = "/srv/chat"
            [listen]
            addresses = ["127.0.0.1:9000"]
            names = ["chat.example"]
            [tls]
            cert = "/etc/chat.pem"
            key = "/etc/chat.key"
            [connections]
            max = 7
            [passwords]
            bcrypt_cost = 13
            [storage]
            bytes_max = 8192
            [limits]
            users_max = 5
            [rates]
            device = { burst = 1, per_second = 2 }
            "#,
        )
        .unwrap();
        assert_eq!(config.data_folder().unwrap(), Path::new("/srv/chat"));
        assert_eq!(config.listen.addresses, ["127.0.0.1:9000".parse().unwrap()]);
        assert_eq!(config.connections.max, 7);
        assert_eq!(config.storage.pages_max(), Some(2));
        assert_eq!(config.limits.users_max, 5);
        assert_eq!(config.rates.device.burst, 1);
        assert_eq!(config.rates.room, Config::default().rates.room);
    }

    #[test]
    fn an_error_names_file_line_and_key() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("chat.toml");
        std::fs::write(&path, "[limits]\nusers_maxx = 5\n").unwrap();
        let said = Config::read(&path).unwrap_err().to_string();
        assert!(said.contains("chat.toml, line 2") && said.contains("users_maxx"), "{said}");
    }

    #[test]
    fn what_weakens_the_server_is_refused() {
        for text in ["[passwords]\nbcrypt_cost = 11", "[tls]\ncert = \"/x\"", "[connections]\nmax = 0"] {
            assert!(Config::parse(text).is_err(), "{text}");
        }
    }
}
