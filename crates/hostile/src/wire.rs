//! Frames and HTTP bodies: read, written and read again, nothing may change.

use std::fmt::Debug;

use bytes::Bytes;
use securechat_proto::frame::{ClientFrame, ServerFrame};
use securechat_proto::http::{
    AddDevice, Challenge, ChallengeFor, ChangePassword, Deactivate, Device, Invite, LoggedIn, Login,
    LostDevice, NewInvite, NewResetCode, PasswordParameters, Prelogin, Problem, ProveDevice, Recover,
    RecoverChallenge, RecoverFor, RecoverPassword, Recovered, Register, Report, ReportReceipt, ReportRoom,
    ReportSession, Reset, ResetCode, ResetFor, ResetStart, RevokeDevice, RevokeInvite, RotateRecovery,
    ServerInfo, Session, SetRole, User, Vault,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn client_frame(bytes: &[u8]) {
    if let Ok(frame) = ClientFrame::parse(Bytes::copy_from_slice(bytes)) {
        assert_eq!(ClientFrame::parse(frame.to_bytes()), Ok(frame));
    }
}

pub(crate) fn server_frame(bytes: &[u8]) {
    if let Ok(frame) = ServerFrame::parse(Bytes::copy_from_slice(bytes)) {
        assert_eq!(ServerFrame::parse(frame.to_bytes()), Ok(frame));
    }
}

/// Every body of the JSON API, whichever way it travels.
pub(crate) fn http_body(bytes: &[u8]) {
    body::<ServerInfo>(bytes);
    body::<Prelogin>(bytes);
    body::<PasswordParameters>(bytes);
    body::<Register>(bytes);
    body::<Login>(bytes);
    body::<LoggedIn>(bytes);
    body::<AddDevice>(bytes);
    body::<ChallengeFor>(bytes);
    body::<Challenge>(bytes);
    body::<ProveDevice>(bytes);
    body::<Session>(bytes);
    body::<ChangePassword>(bytes);
    body::<Vault>(bytes);
    body::<Device>(bytes);
    body::<RevokeDevice>(bytes);
    body::<LostDevice>(bytes);
    body::<NewResetCode>(bytes);
    body::<Recover>(bytes);
    body::<RecoverChallenge>(bytes);
    body::<RecoverFor>(bytes);
    body::<RecoverPassword>(bytes);
    body::<Recovered>(bytes);
    body::<Reset>(bytes);
    body::<ResetCode>(bytes);
    body::<ResetFor>(bytes);
    body::<ResetStart>(bytes);
    body::<RotateRecovery>(bytes);
    body::<NewInvite>(bytes);
    body::<Invite>(bytes);
    body::<RevokeInvite>(bytes);
    body::<User>(bytes);
    body::<SetRole>(bytes);
    body::<Deactivate>(bytes);
    body::<Report>(bytes);
    body::<ReportRoom>(bytes);
    body::<ReportSession>(bytes);
    body::<ReportReceipt>(bytes);
    body::<Problem>(bytes);
}

fn body<T: DeserializeOwned + Serialize + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = serde_json::from_slice::<T>(bytes) {
        let written = serde_json::to_vec(&value).expect("what was read can be written");
        assert_eq!(serde_json::from_slice::<T>(&written).expect("what was written can be read"), value);
    }
}
