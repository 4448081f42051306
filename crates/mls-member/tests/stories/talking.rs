//! Talking: messages, epochs and what only their members share.

use securechat_mls::{Join, Kind, peek_private_message};
use securechat_mls_member::{Change, MemberError};

use super::world::*;

#[test]
fn people_talk_and_agree_on_the_epoch() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let (ben, eva) = (Device::new(2, 2), Device::new(3, 3));
    add(&ana, &mut server, &[], &[&ben, &eva]);
    for (from, to) in [(&ana, [&ben, &eva]), (&eva, [&ana, &ben])] {
        for n in 0..3_u8 {
            let message = from.say(&[n; 40]);
            let peeked = peek_private_message(&message).expect("a PrivateMessage");
            assert_eq!((peeked.room, peeked.epoch), (ROOM, server.room().epoch()));
            for device in to {
                assert_eq!(device.hear(&message).expect("decrypts"), [n; 40]);
            }
        }
    }
    let authenticator = ana.group().epoch_authenticator();
    assert!([&ben, &eva].iter().all(|device| device.group().epoch_authenticator() == authenticator));
    let secret =
        |d: &Device| d.group().export(&d.provider(), "label", b"context", 32).expect("exports").to_vec();
    assert_eq!(secret(&ana), secret(&ben));
    assert_eq!(ana.group().leaves(), server.room().leaves());
}

#[test]
fn a_message_is_read_once_and_not_by_its_sender() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let message = ana.say(b"hello");
    assert!(ben.hear(&message).is_ok());
    assert!(ben.hear(&message).is_err(), "a replay");
    assert!(matches!(ana.hear(&message), Err(MemberError::OwnMessage)));
}

#[test]
fn messages_are_read_in_another_order_than_they_were_sent() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let messages = (0..20_u8).map(|n| ana.say(&[n])).collect::<Vec<_>>();
    for n in (0..20_u8).rev() {
        assert_eq!(ben.hear(&messages[usize::from(n)]).expect("decrypts"), [n]);
    }
}

#[test]
fn a_message_shows_its_size_in_steps_only() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let size = |length: usize| ana.say(&vec![7; length]).len();
    assert_eq!(size(1), size(40));
    assert_eq!(size(300) - size(150), 128);
}

#[test]
fn a_message_of_another_epoch_says_so() {
    let (ana, mut server) = founded(Kind::Private, Join::Invite);
    let ben = Device::new(2, 2);
    add(&ana, &mut server, &[], &[&ben]);
    let late = ana.say(b"before the commit");
    let staged = ben.stage(&Change::default());
    server.take(&staged).expect("updates");
    ben.accept_own();
    let before_their_time = ben.say(b"after the commit");
    assert!(
        matches!(ben.hear(&late), Err(MemberError::Epoch { ours, theirs }) if (ours.0, theirs.0) == (2, 1))
    );
    assert!(
        matches!(ana.hear(&before_their_time), Err(MemberError::Epoch { ours, theirs }) if (ours.0, theirs.0) == (1, 2))
    );
    ana.accept(&staged.commit);
    assert_eq!(ana.hear(&before_their_time).expect("decrypts"), b"after the commit");
}
