//! Everything the server says, handed to whoever asked.

use securechat_ids::RoomId;
use securechat_proto::frame::{Answer, Refused, ServerFrame};
use securechat_proto::{Code, Refusal};

use super::bounds::bounded;
use crate::Cx;
use crate::clean::clean_line;
use crate::engine::{Engine, EngineError};
use crate::memory::account_rows;
use crate::output::{Hold, News, Output};
use crate::work::{Asked, Link, Missed};

/// Longest wait a server may ask for before this client tries again anyway, in milliseconds.
const HOLD_MS_MAX: u64 = 15 * 60 * 1000;
/// Shortest wait, in milliseconds: asking again for each single token would only load the server.
const HOLD_MS_MIN: u64 = 400;
/// Wait after a full disk or a busy server that names no time, in milliseconds.
const HOLD_MS_DEFAULT: u64 = 2_000;

impl Engine {
    /// Takes in what the server has sent, all of it in one transaction: many small frames cost one write to disk.
    ///
    /// # Errors
    /// [`EngineError`]; nothing of the frames has been kept then, and the connection is to be made anew.
    pub fn receive(&mut self, frames: Vec<ServerFrame>, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, cx| {
            for frame in frames {
                engine.receive_one(frame, cx)?;
            }
            Ok(())
        })
    }

    fn receive_one(&mut self, frame: ServerFrame, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        let Some(answer) = frame.answer.map(bounded) else { return Ok(()) };
        match (frame.id, answer) {
            (0, news) => self.news(news, cx),
            (id, answer) => match self.asked.remove(&id) {
                Some(asked) => self.answered(asked, answer, cx),
                None => Ok(()),
            },
        }
    }

    fn news(&mut self, news: Answer, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        match news {
            Answer::Event(event) => self.pushed(&event, cx),
            Answer::LogGrew(grew) => {
                self.log_grew(grew.size);
                Ok(())
            }
            Answer::InboxGrew(_) => {
                self.fetch_inbox();
                Ok(())
            }
            Answer::ItemsGrew(_) => self.fetch_items(),
            Answer::Receipt(receipt) => self.receipt_came(&receipt, cx),
            Answer::MustRemove(due) => match RoomId::try_from(due.room.as_ref()) {
                Ok(room) => self.must_remove(&room, &due.leaves, cx),
                Err(_) => Ok(()),
            },
            Answer::RoomGone(gone) => match RoomId::try_from(gone.room.as_ref()) {
                Ok(room) => self.room_gone(&room),
                Err(_) => Ok(()),
            },
            Answer::Resync(_) => {
                self.forget_link();
                self.tell_to_reconnect();
                Ok(())
            }
            Answer::Bye(refused) => self.refused_session(tamed(refused)),
            // Answers without a request say nothing.
            Answer::Refused(_)
            | Answer::Ready(_)
            | Answer::Published(_)
            | Answer::Committed(_)
            | Answer::Done(_)
            | Answer::Events(_)
            | Answer::Group(_)
            | Answer::Tree(_)
            | Answer::KeyPackages(_)
            | Answer::KeyPackagesLeft(_)
            | Answer::Inbox(_)
            | Answer::Items(_)
            | Answer::Receipts(_)
            | Answer::Log(_) => Ok(()),
        }
    }

    fn answered(&mut self, asked: Asked, answer: Answer, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.no_longer_asking(&asked);
        match (asked, answer) {
            (asked, Answer::Refused(refused)) => self.refused(asked, tamed(refused), cx),
            (Asked::Hello, Answer::Ready(ready)) => self.ready(&ready, cx),
            (Asked::Publish { room, message_id, .. }, Answer::Published(p)) => {
                self.published(&room, &message_id, p)
            }
            (Asked::Found { room, number }, Answer::Done(_)) => self.founded(&room, number, cx),
            (Asked::Commit { room, number }, Answer::Committed(c)) => self.committed(&room, number, c, cx),
            (Asked::Fetch { room }, Answer::Events(events)) => self.fetched(&room, &events, cx),
            (Asked::Back { room, before }, Answer::Events(events)) => {
                self.back_page(&room, before, &events, cx)
            }
            (Asked::Group { room, number }, Answer::Group(group)) => {
                self.group_for_join(&room, number, &group, cx)
            }
            (Asked::Claim { room, number }, Answer::KeyPackages(packages)) => {
                self.claimed(&room, number, &packages, cx)
            }
            (Asked::Leave { room, number }, Answer::Done(_)) => self.left(&room, number),
            (Asked::Tree { item }, Answer::Tree(tree)) => self.tree_for_welcome(&item, &tree.tree, cx),
            (Asked::Inbox, Answer::Inbox(inbox)) => {
                self.inbox_items(inbox.items);
                Ok(())
            }
            (Asked::Log { claimed }, Answer::Log(log)) => self.log_page(&log, claimed, cx),
            (Asked::Items, Answer::Items(page)) => self.items_page(&page, cx),
            (Asked::PutItem { kind, subject, version, digest }, Answer::Done(_)) => {
                self.item_is_put(&kind, &subject, version, digest)
            }
            (Asked::PutReceipt { room, epoch, seq }, Answer::Done(_)) => {
                self.receipt_is_put(&room, epoch, seq)
            }
            (Asked::Receipts { room }, Answer::Receipts(page)) => self.receipts_page(&room, &page, cx),
            (Asked::KeyPackages, Answer::KeyPackagesLeft(now)) => {
                if let Some(greeted) = &mut self.greeted {
                    greeted.key_packages_left = usize::try_from(now.left).unwrap_or(usize::MAX);
                    greeted.last_resort = true;
                }
                Ok(())
            }
            (Asked::AckInbox | Asked::KeyPackages | Asked::Ping, _) => Ok(()),
            // An answer of another kind than asked for: this server cannot be followed.
            (_, _) => {
                self.tell_to_reconnect();
                Ok(())
            }
        }
    }

    /// A room may go on once its request has been answered, whatever the answer.
    fn no_longer_asking(&mut self, asked: &Asked) {
        let room = match asked {
            Asked::Publish { room, .. }
            | Asked::Found { room, .. }
            | Asked::Commit { room, .. }
            | Asked::Group { room, .. }
            | Asked::Claim { room, .. }
            | Asked::Leave { room, .. } => {
                self.work.entry(*room).or_default().asking = false;
                room
            }
            Asked::Fetch { room } => {
                self.work.entry(*room).or_default().fetching = false;
                room
            }
            Asked::Back { room, .. } => {
                self.work.entry(*room).or_default().reading_back = false;
                room
            }
            Asked::Log { .. } => {
                self.log.asking = false;
                return;
            }
            Asked::Hello
            | Asked::Tree { .. }
            | Asked::Items
            | Asked::PutItem { .. }
            | Asked::PutReceipt { .. }
            | Asked::Receipts { .. }
            | Asked::Inbox
            | Asked::AckInbox
            | Asked::KeyPackages
            | Asked::Ping => return,
        };
        self.dirty.insert(*room);
    }

    fn refused(&mut self, asked: Asked, refusal: Refusal, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        if let Asked::PutReceipt { room, .. } = &asked {
            self.receipt_refused(room, &refusal, cx);
            return Ok(());
        }
        let hold = match refusal.code {
            Code::RateLimited => Some(Hold::RateLimit),
            Code::Busy | Code::Internal => Some(Hold::Busy),
            Code::StorageFull => Some(Hold::StorageFull),
            _ => None,
        };
        if let (Some(why), false) = (hold, asked == Asked::Hello) {
            return self.hold_back(&asked, why, refusal.retry_after_ms, cx);
        }
        match asked {
            Asked::Hello => self.refused_session(refusal),
            Asked::Publish { room, number, message_id } => {
                self.publish_refused(&room, number, &message_id, &refusal, cx)
            }
            Asked::Found { room, number } => self.found_refused(&room, number, &refusal, cx),
            Asked::Commit { room, number } => self.commit_refused(&room, number, &refusal, cx),
            Asked::Group { room, number } | Asked::Claim { room, number } | Asked::Leave { room, number } => {
                self.wish_refused(&room, number, &refusal)
            }
            Asked::Fetch { room } | Asked::Back { room, .. } => self.room_gone(&room),
            Asked::Tree { item } => self.welcome_unusable(&item, cx),
            Asked::PutItem { kind, subject, version, .. } => {
                self.item_refused(&kind, &subject, version, &refusal, cx)
            }
            Asked::Log { .. } => self.log_broken("the server hides entries of its list of devices"),
            Asked::Inbox
            | Asked::AckInbox
            | Asked::KeyPackages
            | Asked::Items
            | Asked::PutReceipt { .. }
            | Asked::Receipts { .. }
            | Asked::Ping => Ok(()),
        }
    }

    /// Everything that sends waits; nothing is dropped.
    fn hold_back(
        &mut self,
        asked: &Asked,
        why: Hold,
        retry_after_ms: u64,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        let wait_ms = if retry_after_ms == 0 {
            HOLD_MS_DEFAULT
        } else {
            retry_after_ms.clamp(HOLD_MS_MIN, HOLD_MS_MAX)
        };
        let until = cx.now.plus(wait_ms + cx.jitter_ms(50));
        if self.hold.is_none_or(|(at, _)| at < until) {
            self.hold = Some((until, why));
        }
        if let Asked::Fetch { room } | Asked::Back { room, .. } = asked {
            self.work.entry(*room).or_default().not_before = Some(until);
        }
        self.missed.extend(match asked {
            Asked::Inbox => Some(Missed::Inbox),
            Asked::Items => Some(Missed::Items),
            Asked::KeyPackages => Some(Missed::KeyPackages),
            _ => None,
        });
        self.tell(News::Holding { until, why });
        Ok(())
    }

    fn refused_session(&mut self, refusal: Refusal) -> Result<(), EngineError> {
        self.forget_link();
        match refusal.code {
            Code::Unauthenticated | Code::WrongCredentials => {
                account_rows::set_token(&self.conn, None)?;
                self.me.token = None;
                self.tell(News::TokenRefused);
            }
            Code::Deactivated => {
                self.nothing_goes_out()?;
                self.tell(News::Ended { why: refusal.message });
            }
            Code::Forbidden | Code::UnsupportedVersion => self.tell(News::Ended { why: refusal.message }),
            _ => self.tell_to_reconnect(),
        }
        self.link = Link::Offline;
        Ok(())
    }

    pub(super) fn tell_to_reconnect(&mut self) {
        self.push(Output::Reconnect);
    }
}

/// The reason is the server's words and ends on a screen.
fn tamed(refused: Refused) -> Refusal {
    let message = clean_line(&refused.message);
    Refusal { message, ..refused.into() }
}
