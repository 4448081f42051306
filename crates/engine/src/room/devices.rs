//! This user's own devices: what a linked one expects of the log, who added which, and which are asked about.

use securechat_chain::{Chain, ChainDevice};
use securechat_ids::DeviceId;
use securechat_proto::http::AddDevice;

use super::command::CommandError;
use crate::account::linking::{Expected, Granting, LinkingError, OldSide};
use crate::engine::{Engine, EngineError};
use crate::memory::{MemoryError, device_rows};
use crate::output::News;
use crate::view::{AddedBy, OwnDevice};
use crate::{Cx, cbor};

/// Why a new device is not let in.
#[derive(Debug, thiserror::Error)]
pub enum LetIn {
    /// The linking.
    #[error(transparent)]
    Linking(#[from] LinkingError),
    /// This device's memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// Told where the log is not what the device that let this one in had seen.
const OTHER_LOG: &str = "the server shows this device another list of devices than the one that let it in, so it stopped; \
                         link it again, and ask whoever runs the server if that does not help";

impl Engine {
    /// This user's devices on the chain that are active, oldest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn own_devices(&self) -> Result<Vec<OwnDevice>, EngineError> {
        let unanswered = device_rows::unanswered(&self.conn)?;
        let Some(chain) = self.own_chain() else { return Ok(Vec::new()) };
        let active = chain.devices().iter().filter(|(_, device)| device.active);
        let mut devices: Vec<OwnDevice> = active
            .map(|(id, device)| OwnDevice {
                device_id: *id,
                added: device.added,
                added_by: added_by(chain, id, device),
                unanswered: unanswered.contains(id),
            })
            .collect();
        devices.sort_by_key(|device| (device.added, device.device_id));
        Ok(devices)
    }

    /// The person says that a device of theirs is no surprise.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn know_device(&mut self, device: DeviceId, cx: &mut Cx<'_>) -> Result<(), CommandError> {
        self.command(cx, |engine, _| {
            device_rows::answer(&engine.conn, &device)?;
            engine.tell(News::Devices);
            Ok(Ok(()))
        })
    }

    /// The person said yes to a new device: the link that puts it on the chain, and this device will not ask about it.
    ///
    /// # Errors
    /// [`EngineError`]; [`LinkingError::Over`] also while the own chain is not here.
    pub fn let_in(&mut self, side: &mut OldSide, cx: &mut Cx<'_>) -> Result<AddDevice, LetIn> {
        let request = match (side.device_id(), self.registry.chain(&self.me.user_id)) {
            (Some(device), Some(chain)) => {
                device_rows::answer(&self.conn, &device)?;
                side.confirmed(chain, &self.me.key, &self.me.vault_key, cx)?
            }
            _ => return Err(LinkingError::Over.into()),
        };
        Ok(request)
    }

    /// What a device that is to be let in needs to know, once it is on the chain here.
    pub fn granting(&self, device: &DeviceId) -> Option<Granting<'_>> {
        let chain = self.own_chain().filter(|chain| chain.active_key(device).is_some())?;
        Some(Granting {
            chain,
            log_size: self.registry.size(),
            log_root: self.registry.root(),
            vault_key: &self.me.vault_key,
        })
    }

    /// A device of this user came onto the chain. Those from before this one came are no news.
    pub(super) fn device_came(&mut self, device: &DeviceId) -> Result<(), EngineError> {
        let own = self.me.device_id;
        let later = self.own_chain().is_some_and(|chain| chain.devices().contains_key(&own));
        if *device != own && later && device_rows::notice(&self.conn, device)? {
            self.tell(News::OwnDeviceAdded { device: *device });
        }
        Ok(())
    }

    /// The log has this size now. At the size that the device which let this one in had seen, it must be the same log.
    pub(super) fn look_at_expected(&mut self) -> Result<bool, EngineError> {
        let Some(bytes) = device_rows::expected(&self.conn)? else { return Ok(true) };
        let expected: Option<Expected> = cbor::from_bytes(&bytes);
        let Some(expected) = expected.filter(|expected| self.registry.size() <= expected.size) else {
            return Ok(false);
        };
        if self.registry.size() < expected.size {
            return Ok(true);
        }
        let holds = self.registry.root() == expected.log_root
            && self.own_chain().is_some_and(|chain| {
                let own = chain.active_key(&self.me.device_id) == Some(self.me.key.public());
                own && chain.root() == expected.root && chain.head() == expected.head
            });
        if holds {
            device_rows::expect_nothing(&self.conn)?;
        }
        Ok(holds)
    }

    /// Whether a log of this size may be what the device that let this one in had seen.
    pub(super) fn log_reaches_expected(&self, size: u64) -> Result<bool, EngineError> {
        let Some(bytes) = device_rows::expected(&self.conn)? else { return Ok(true) };
        Ok(cbor::from_bytes::<Expected>(&bytes).is_some_and(|expected| expected.size <= size))
    }

    /// The log is another one: nothing is believed, and this device stops.
    pub(super) fn other_log(&mut self) {
        self.log.broken = true;
        self.tell(News::Ended { why: OTHER_LOG.to_owned() });
    }
}

fn added_by(chain: &Chain, id: &DeviceId, device: &ChainDevice) -> AddedBy {
    let signer = chain.devices().iter().find(|(_, other)| other.key == device.added_by);
    match signer {
        Some((by, _)) if by == id => AddedBy::First,
        Some((by, _)) => AddedBy::Device(*by),
        None => AddedBy::RecoveryKey,
    }
}
