//! Single moves, for whoever decides each of them: one frame one way, one step of an engine, one process. Nothing here runs
//! by itself, and what a full disk refuses comes back as an error.

use std::collections::VecDeque;
use std::path::Path;

use securechat_delivery::Wake;
use securechat_engine::account::Stretched;
use securechat_engine::{Cx, Engine, EngineError, Output, account};
use securechat_proto::frame::{ClientFrame, ServerFrame};
use securechat_proto::http::Deactivate;
use securechat_proto::{Code, Refusal};

use crate::{DeviceNumber, Seeded, Team};

impl Team {
    /// From now on everybody's chance, the server's too, comes from this seed.
    pub fn reseed(&mut self, seed: u64) {
        self.chance = Seeded::new(seed);
        self.server.chance = Seeded::new(!seed);
    }

    /// Sets a device's clock ahead of the team's, or behind it.
    pub fn set_clock(&mut self, device: DeviceNumber, ahead_ms: i64) {
        self.devices[device].ahead_ms = ahead_ms;
    }

    /// How far a device's clock is ahead of the team's.
    pub fn ahead_ms(&self, device: DeviceNumber) -> i64 {
        self.devices[device].ahead_ms
    }

    /// The password of whoever has that name, as every log-in stretches it.
    pub fn stretched(&self, name: &str) -> Stretched {
        account::stretch("correct horse", &self.server.parameters(name)).expect("stretches")
    }

    /// Puts a device's frames onto its connection, if it has one, and hands back all else that its engine puts out.
    pub fn poll(&mut self, device: DeviceNumber) -> Vec<Output> {
        let device = &mut self.devices[device];
        let mut others = Vec::new();
        while let Some(output) = device.engine.poll() {
            match output {
                Output::Frame(frame) if device.online => device.to_server.push_back(frame),
                Output::Frame(_) => {}
                other => others.push(other),
            }
        }
        others
    }

    /// What a device has on its way to the server.
    pub fn requests(&self, device: DeviceNumber) -> &VecDeque<ClientFrame> {
        &self.devices[device].to_server
    }

    /// What the server has on its way to a device.
    pub fn answers(&self, device: DeviceNumber) -> &VecDeque<ServerFrame> {
        &self.devices[device].from_server
    }

    /// Takes the next frame on its way to the server off the wire.
    pub fn take_request(&mut self, device: DeviceNumber) -> Option<ClientFrame> {
        self.devices[device].to_server.pop_front()
    }

    /// Takes the next frame on its way to a device off the wire.
    pub fn take_answer(&mut self, device: DeviceNumber) -> Option<ServerFrame> {
        self.devices[device].from_server.pop_front()
    }

    /// The server does what a frame of a device asks. What it did is done; nobody is told yet.
    pub fn serve_quietly(&mut self, device: DeviceNumber, frame: ClientFrame) -> (ServerFrame, Vec<Wake>) {
        let asker = self.server.asker(&self.devices[device].token, self.now);
        self.server.answer(asker, frame, self.now)
    }

    /// Puts a frame onto the wire to a device.
    pub fn put_answer(&mut self, device: DeviceNumber, frame: ServerFrame) {
        if self.devices[device].online {
            self.devices[device].from_server.push_back(frame);
        }
    }

    /// A device takes in one frame.
    ///
    /// # Errors
    /// The engine's; the step left nothing behind.
    pub fn take_in(&mut self, device: DeviceNumber, frame: ServerFrame) -> Result<(), EngineError> {
        self.with(device, |engine, cx| engine.receive(vec![frame], cx))
    }

    /// Brings a device online.
    ///
    /// # Errors
    /// The engine's.
    pub fn try_connect(&mut self, device: DeviceNumber) -> Result<(), EngineError> {
        self.devices[device].online = true;
        self.with(device, |engine, cx| engine.connected(cx))
    }

    /// As [`Team::open_session`], and does not connect. The inner error is the server's: the device has ended.
    ///
    /// # Errors
    /// The engine's.
    pub fn try_session(&mut self, device: DeviceNumber) -> Result<Result<(), Refusal>, EngineError> {
        let signer = self.engine(device).session_signer();
        let opened = self.server.try_session(signer.device_id(), |nonce| signer.sign(nonce), self.now);
        let token = match opened {
            Ok(session) => session.token.0,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.devices[device].token.clone_from(&token);
        self.with(device, |engine, cx| engine.keep_token(&token, cx)).map(Ok)
    }

    /// As [`Team::crash`], on a disk that has room for `spare` more pages of 4 KiB, or for all there are.
    ///
    /// # Errors
    /// The engine's: it cannot be loaded.
    pub fn try_crash(&mut self, device: DeviceNumber, spare: Option<u32>) -> Result<(), EngineError> {
        self.cut(device);
        let conn = self.open_file(device);
        if let Some(spare) = spare {
            let pages: u32 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            conn.execute_batch(&format!("PRAGMA max_page_count = {}", pages.saturating_add(spare)))?;
        }
        self.devices[device].engine = Engine::load(conn)?.expect("somebody is logged in");
        Ok(())
    }

    /// Copies a device's disk.
    pub fn keep_disk(&self, device: DeviceNumber, to: &Path) {
        let _gone = std::fs::remove_file(to);
        self.open_file(device).execute("VACUUM INTO ?", [to.to_string_lossy()]).expect("copies");
    }

    /// As [`Team::crash`], and what comes up again is the disk as it was when it was copied: a fault for tests, which no
    /// promise outlives.
    pub fn put_back_disk(&mut self, device: DeviceNumber, kept: &Path) {
        self.cut(device);
        let put_back = self.devices[device].put_back + 1;
        std::fs::copy(kept, self.file(device, put_back)).expect("copies");
        self.devices[device].put_back = put_back;
        let conn = self.open_file(device);
        self.devices[device].engine = Engine::load(conn).expect("loads").expect("somebody is logged in");
    }

    /// How many pages of 4 KiB the server's file has.
    pub fn server_pages(&self) -> u32 {
        let conn = rusqlite::Connection::open(&self.server.path).expect("opens");
        conn.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("counts")
    }

    /// A folder for whatever a run wants to keep.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// As [`Team::revoke`], for a device that may know less than the server, or may not any more.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn try_revoke(&mut self, by: DeviceNumber, device: DeviceNumber) -> Result<(), Refusal> {
        let id = self.devices[device].id;
        let asker = self.server.asker(&self.devices[by].token, self.now);
        let asker = asker.ok_or_else(|| Refusal::new(Code::Unauthenticated, "no session"))?;
        let request = self.with(by, |engine, cx: &mut Cx<'_>| {
            let chain = engine.own_chain()?;
            Some(account::revoke_device(chain, engine.device_key(), id, cx))
        });
        let request = request.ok_or_else(|| Refusal::new(Code::Conflict, "the own chain is not here"))?;
        let done = self.server.revoke_device(asker, request, self.now)?;
        self.wake(done.wakes);
        Ok(())
    }

    /// As [`Team::deactivate`].
    ///
    /// # Errors
    /// The server's refusal.
    pub fn try_deactivate(&mut self, by: DeviceNumber, name: &str) -> Result<(), Refusal> {
        let asker = self.server.asker(&self.devices[by].token, self.now);
        let asker = asker.ok_or_else(|| Refusal::new(Code::Unauthenticated, "no session"))?;
        let user_id = self.engine(by).find_person(name);
        let user_id = user_id.map_err(|error| Refusal::new(Code::NotFound, error.to_string()))?;
        let done = self.server.deactivate(asker, Deactivate { user_id }, self.now)?;
        self.wake(done.wakes);
        Ok(())
    }
}
