//! File systems made for one run, below a temporary folder, and taken away again whatever happens.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A mounted file system; dropped, it is unmounted.
pub(crate) struct Mount {
    at: PathBuf,
    mounted: bool,
}

impl Mount {
    /// Memory of so many bytes.
    pub(crate) fn memory(at: &Path, bytes: u64) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes},mode=700"), "tmpfs"])
            .arg(at))?;
        Ok(Self { at: at.to_owned(), mounted: true })
    }

    /// An image with ext4 on it. What was not synced stays in memory for as long as the mount lives.
    pub(crate) fn image(image: &Path, at: &Path) -> Result<Self> {
        std::fs::create_dir_all(at)?;
        run(Command::new("mount").args(["-o", "loop,noatime,commit=600"]).arg(image).arg(at))?;
        Ok(Self { at: at.to_owned(), mounted: true })
    }

    /// Everything written so far is on the image.
    pub(crate) fn sync(&self) -> Result<()> {
        run(Command::new("sync").arg("--file-system").arg(&self.at))
    }

    /// Unmounts, and says if that fails.
    pub(crate) fn unmount(mut self) -> Result<()> {
        self.mounted = false;
        run(Command::new("umount").arg(&self.at))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if self.mounted && run(Command::new("umount").arg(&self.at)).is_err() {
            // Somebody sits in it still; it goes when they do.
            let _ = run(Command::new("umount").arg("--lazy").arg(&self.at));
        }
    }
}

/// Makes an image of so many bytes with ext4 on it.
pub(crate) fn make_image(image: &Path, bytes: u64) -> Result<()> {
    std::fs::File::create(image)?.set_len(bytes)?;
    run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(image))
}

/// Copies a file with its holes.
pub(crate) fn copy_image(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("cp").arg("--sparse=always").arg(from).arg(to))
}

/// Copies a folder as it is.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    run(Command::new("cp").args(["-a", "-T"]).arg(from).arg(to))
}

/// Why mounting is not possible here, if so.
pub(crate) fn cannot(programs: &[&str]) -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("only root mounts file systems".into());
    }
    missing(programs)
}

/// Which of these programs is not here.
pub(crate) fn missing(programs: &[&str]) -> Option<String> {
    let here = |name: &&&str| {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|dir| Path::new(dir).join(name).exists())
    };
    programs.iter().find(|name| !here(name)).map(|name| format!("{name} is not installed"))
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
