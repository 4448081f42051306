//! An export's folder: written file by file with hashes, read only as far as the hashes hold.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::format::{ExportError, FileEntry, LINE_BYTES_MAX, Line, MANIFEST_BYTES_MAX, Manifest, RoomEntry};

const MANIFEST: &str = "manifest.json";
/// Read at a time.
const BLOCK: usize = 64 * 1024;

/// A folder that is being written; mode 700, its files 600.
pub struct Folder {
    path: PathBuf,
    files: Vec<FileEntry>,
}

/// A file of it that is being written.
pub struct Sheet {
    name: String,
    path: PathBuf,
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Folder {
    /// Makes the folder, which must not be there.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn create(path: &Path) -> Result<Self, ExportError> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => ExportError::Exists(path.display().to_string()),
            _ => at(path, error),
        })?;
        Ok(Self { path: path.to_owned(), files: Vec::new() })
    }

    /// Begins a file.
    ///
    /// # Errors
    /// [`ExportError::File`].
    pub fn sheet(&self, name: &str) -> Result<Sheet, ExportError> {
        let path = self.path.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| at(&path, error))?;
        let file = BufWriter::new(file);
        Ok(Sheet { name: name.to_owned(), path, file, hash: Sha256::new(), bytes: 0 })
    }

    /// Ends a file.
    ///
    /// # Errors
    /// [`ExportError::File`].
    pub fn keep(&mut self, sheet: Sheet) -> Result<(), ExportError> {
        let Sheet { name, path, file, hash, bytes } = sheet;
        let file = file.into_inner().map_err(|error| at(&path, error.into_error()))?;
        file.sync_all().map_err(|error| at(&path, error))?;
        self.files.push(FileEntry { name, bytes, sha256: hex(&hash.finalize()) });
        Ok(())
    }

    /// Ends the export: without its manifest a folder is none.
    ///
    /// # Errors
    /// [`ExportError::File`].
    pub fn finish(mut self, manifest: Manifest) -> Result<(), ExportError> {
        let manifest = Manifest { files: std::mem::take(&mut self.files), ..manifest };
        let text = serde_json::to_string_pretty(&manifest).expect("our own types serialise");
        let mut sheet = self.sheet(MANIFEST)?;
        sheet.write(&text)?;
        sheet.write("\n")?;
        self.keep(sheet)
    }
}

impl Sheet {
    /// Writes on.
    ///
    /// # Errors
    /// [`ExportError::File`].
    pub fn write(&mut self, text: &str) -> Result<(), ExportError> {
        self.hash.update(text);
        self.bytes += text.len() as u64;
        self.file.write_all(text.as_bytes()).map_err(|error| at(&self.path, error))
    }
}

/// An export that is read: every file has the hash that the manifest says.
pub struct Source {
    path: PathBuf,
    /// What it is.
    pub manifest: Manifest,
}

impl Source {
    /// Opens an export and checks every file of it.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn open(path: &Path) -> Result<Self, ExportError> {
        let file = path.join(MANIFEST);
        let mut bytes = Vec::new();
        let opened = File::open(&file).map_err(|error| at(&file, error))?;
        opened.take(MANIFEST_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| at(&file, error))?;
        if bytes.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(ExportError::Malformed(MANIFEST.to_owned(), "it is too long".to_owned()));
        }
        let source = Self { path: path.to_owned(), manifest: Manifest::parse(&bytes)? };
        for entry in &source.manifest.files {
            source.check(entry)?;
        }
        Ok(source)
    }

    fn check(&self, entry: &FileEntry) -> Result<(), ExportError> {
        let path = self.path.join(&entry.name);
        let wrong = |why: &str| ExportError::Malformed(entry.name.clone(), why.to_owned());
        let is_file = path.symlink_metadata().map_err(|error| at(&path, error))?.is_file();
        if !is_file {
            return Err(wrong("it is no plain file"));
        }
        let mut file = File::open(&path).map_err(|error| at(&path, error))?;
        let (mut hash, mut length, mut block) = (Sha256::new(), 0, vec![0; BLOCK]);
        loop {
            let count = file.read(&mut block).map_err(|error| at(&path, error))?;
            if count == 0 {
                break;
            }
            length += count as u64;
            if length > entry.bytes {
                return Err(wrong("it is longer than the manifest says"));
            }
            hash.update(&block[..count]);
        }
        if length == entry.bytes && hex(&hash.finalize()) == entry.sha256 {
            Ok(())
        } else {
            Err(wrong("it is not the file that the manifest names"))
        }
    }

    /// The lines of a room, one at a time.
    ///
    /// # Errors
    /// [`ExportError::File`].
    pub fn lines(
        &self,
        room: &RoomEntry,
    ) -> Result<impl Iterator<Item = Result<Line, ExportError>> + use<>, ExportError> {
        let name = room.lines.clone().unwrap_or_default();
        let path = self.path.join(&name);
        let reader = match room.lines {
            Some(_) => Some(BufReader::new(File::open(&path).map_err(|error| at(&path, error))?)),
            None => None,
        };
        let mut reader = reader;
        Ok(std::iter::from_fn(move || {
            let mut bytes = Vec::new();
            let open = reader.as_mut()?;
            let read = open.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut bytes);
            let line = match read {
                Ok(0) => return None,
                Ok(count) if count as u64 > LINE_BYTES_MAX => Err("a line is longer than any".to_owned()),
                Ok(_) => Line::parse(bytes.trim_ascii_end()),
                Err(error) => Err(error.to_string()),
            };
            if line.is_err() {
                reader = None;
            }
            Some(line.map_err(|why| ExportError::Malformed(name.clone(), why)))
        }))
    }
}

fn at(path: &Path, error: std::io::Error) -> ExportError {
    ExportError::File(path.display().to_string(), error)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
