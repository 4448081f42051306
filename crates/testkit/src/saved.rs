//! A team at rest, kept: any number of teams go on from there, each for itself. Registering costs a password's stretching,
//! and whoever tells one story hundreds of times does not want to register each time.

use std::path::Path;

use securechat_ids::{DeviceId, UnixMillis};
use tempfile::TempDir;

use crate::team::folder;
use crate::{DeviceNumber, Malice, Seeded, Server, Team};

/// The disks of a team, and what is left of its people's and its server's chance.
pub struct Saved {
    dir: TempDir,
    now: UnixMillis,
    chance: Seeded,
    server_chance: Seeded,
    invite: String,
    devices: Vec<SavedDevice>,
}

struct SavedDevice {
    token: String,
    id: DeviceId,
    online: bool,
}

impl Team {
    /// Ends all processes and keeps their disks.
    pub fn save(self) -> Saved {
        let devices = self.devices.iter();
        let devices = devices.map(|d| SavedDevice { token: d.token.clone(), id: d.id, online: d.online });
        let devices = devices.collect();
        let Self { dir, server, now, chance, invite, devices: running, .. } = self;
        drop(running);
        Saved { dir, now, chance, server_chance: server.end(), invite, devices }
    }
}

impl Saved {
    /// A team that goes on from here, offline.
    fn offline(&self) -> Team {
        let dir = folder();
        copy(self.dir.path(), dir.path());
        let server = Server::open_with(dir.path().join("server.db"), self.server_chance.clone());
        let mut team = Team {
            dir,
            server,
            other: None,
            malice: Malice::default(),
            now: self.now,
            in_turns: false,
            turn: 0,
            devices: Vec::new(),
            chance: self.chance.clone(),
            invite: self.invite.clone(),
        };
        for (number, device) in self.devices.iter().enumerate() {
            let conn = team.open_file(number);
            team.take_up(conn, device.token.clone(), device.id);
        }
        team
    }

    /// A team that goes on from here. Who was online is online, and has nothing left to do.
    pub fn team(&self) -> Team {
        let mut team = self.offline();
        let online: Vec<DeviceNumber> =
            (0..self.devices.len()).filter(|number| self.devices[*number].online).collect();
        for device in online {
            team.connect(device);
        }
        team.run();
        for device in 0..team.devices() {
            team.news(device);
        }
        team
    }
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("copies");
    }
}
