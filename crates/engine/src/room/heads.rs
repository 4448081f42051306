//! Heads of the workspace log that members name: compared with this device's own copy, now or when it has come that far
//! (docs/protocol.md §5).

use securechat_ids::UserId;

use crate::Cx;
use crate::engine::{Engine, EngineError};
use crate::evidence::{Evidence, EvidenceDetails, EvidenceKind, LogHead};
use crate::memory::{evidence_rows, link_rows};
use crate::output::News;
use crate::work::LogWork;

/// No log is longer: what a member says beyond it is a lie, and no number for a database.
const LOG_SIZE_MAX: u64 = 1 << 40;

impl Engine {
    /// This device's head.
    pub(super) fn log_head(&self) -> LogHead {
        LogHead { size: self.registry.size(), root: self.registry.root() }
    }

    /// Somebody names their head. `seen` says who, where and by what bytes, should it not be ours.
    pub(super) fn compare_head(&mut self, theirs: LogHead, seen: Evidence) -> Result<(), EngineError> {
        let theirs = LogHead { size: theirs.size.min(LOG_SIZE_MAX), ..theirs };
        if theirs.size > self.registry.size() {
            evidence_rows::claim(&self.conn, &theirs, &seen)?;
            self.log.claimed = self.log.claimed.max(theirs.size);
            return Ok(());
        }
        self.judge_head(theirs, seen)
    }

    /// Compares a head of a size that this device's log has had.
    fn judge_head(&mut self, theirs: LogHead, seen: Evidence) -> Result<(), EngineError> {
        let ours = link_rows::root_at(&self.conn, theirs.size)?;
        if ours == Some(theirs.root) {
            return Ok(());
        }
        let who = self.whose(seen.user)?;
        let sentence =
            format!("the server shows {who} another list of people and devices than it shows this device");
        let ours = ours.map(|root| LogHead { size: theirs.size, root });
        self.split_view(ours, theirs, Evidence { sentence, ..seen })
    }

    /// A page of the log came: compares what can be compared now. `size` is what the server says of its log, `claimed` what
    /// members had named when it was asked.
    pub(super) fn compare_claims(
        &mut self,
        size: u64,
        claimed: u64,
        cx: &mut Cx<'_>,
    ) -> Result<(), EngineError> {
        for (theirs, seen) in evidence_rows::take_claims(&self.conn, self.registry.size())? {
            self.judge_head(theirs, Evidence { time: cx.now, ..seen })?;
        }
        if self.registry.size() >= size && claimed > self.registry.size() {
            for (theirs, seen) in evidence_rows::take_claims(&self.conn, claimed)? {
                let who = self.whose(seen.user)?;
                let sentence =
                    format!("the server hides entries of its list of people and devices that {who} has seen");
                let ours = Some(self.log_head());
                self.split_view(ours, theirs, Evidence { time: cx.now, sentence, ..seen })?;
            }
        }
        self.log.claimed = evidence_rows::claimed(&self.conn)?;
        Ok(())
    }

    fn split_view(
        &mut self,
        ours: Option<LogHead>,
        theirs: LogHead,
        seen: Evidence,
    ) -> Result<(), EngineError> {
        self.log.broken = true;
        let details = EvidenceDetails { our_head: ours, their_head: Some(theirs), ..seen.details };
        self.keep_evidence(Evidence { what: EvidenceKind::SplitView, details, ..seen })
    }

    /// The server's memory is another than the last time. Kept, because the one who is told of it now may be nobody: a
    /// command that ends at once.
    pub(super) fn keep_restored(&mut self, cx: &Cx<'_>) -> Result<(), EngineError> {
        let what = "the server's memory was restored from a backup; messages after it may be missing there";
        self.keep_evidence(Evidence {
            time: cx.now,
            what: EvidenceKind::Restored,
            sentence: what.into(),
            room: None,
            user: None,
            device: None,
            looked_at: false,
            details: EvidenceDetails::default(),
        })
    }

    /// Keeps evidence and says so, once until somebody has looked at it.
    pub(super) fn keep_evidence(&mut self, evidence: Evidence) -> Result<(), EngineError> {
        if evidence_rows::keep(&self.conn, &evidence)? {
            self.tell(News::Alarm { room: evidence.room, what: evidence.sentence });
        }
        Ok(())
    }

    pub(super) fn whose(&self, user: Option<UserId>) -> Result<String, EngineError> {
        user.map_or_else(|| Ok("somebody".to_owned()), |user| self.mention(&user))
    }

    /// The work on the log as it begins with each connection.
    pub(crate) fn fresh_log_work(&self) -> LogWork {
        // A memory that cannot be read fails the next step anyway; until then nothing is believed.
        let claimed = evidence_rows::claimed(&self.conn).unwrap_or(0);
        LogWork::at(self.registry.size(), claimed, evidence_rows::distrusts(&self.conn).unwrap_or(true))
    }

    /// Everything that must not happen and did, the oldest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn evidence(&self) -> Result<Vec<Evidence>, EngineError> {
        Ok(evidence_rows::all(&self.conn)?)
    }

    /// The links of the workspace log as they were signed, in order: with them others can compute a head of this device.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn log_links(&self) -> Result<Vec<Vec<u8>>, EngineError> {
        Ok(link_rows::all(&self.conn)?)
    }

    /// A person has looked at what this sentence says. When nothing is left to look at, the server is believed again.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn look_at(&mut self, sentence: &str, cx: &mut Cx<'_>) -> Result<(), EngineError> {
        self.step(cx, |engine, _| {
            if evidence_rows::look_at(&engine.conn, sentence)? && !evidence_rows::distrusts(&engine.conn)? {
                engine.log.broken = false;
                engine.log.size = engine.log.size.max(engine.registry.size());
                engine.dirty.extend(crate::memory::intent_rows::rooms(&engine.conn)?);
            }
            engine.tell(News::Rooms);
            Ok(())
        })
    }

    /// Says again what nobody has looked at yet.
    pub(super) fn tell_evidence(&mut self) -> Result<(), EngineError> {
        for evidence in evidence_rows::all(&self.conn)?.into_iter().filter(|evidence| !evidence.looked_at) {
            self.tell(News::Alarm { room: evidence.room, what: evidence.sentence });
        }
        Ok(())
    }
}
