//! bcrypt on few threads of its own: bounded, and the same work for names that do not exist.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use securechat_proto::http::Secret;
use securechat_proto::{Code, Refusal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::chance;
use crate::config::Passwords;

/// What a client sends is 32 bytes as base64url, far below bcrypt's 72, and without NUL.
const AUTH_CHARS: usize = 43;
/// A check takes a good second; who finds the queue full comes back when some of it is gone.
const BUSY_RETRY_MS: u64 = 5_000;

/// Proof of a password as clients send it, well-formed.
pub(crate) struct Auth(Zeroizing<String>);

/// The threads, and how they have been used.
pub(crate) struct Pool {
    jobs: SyncSender<Job>,
    turns: Arc<Semaphore>,
    cost: u32,
    dummy: Arc<str>,
    counts: Arc<Counts>,
}

/// A place in the queue.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Counts {
    made: AtomicU64,
    checked: AtomicU64,
    dummies: AtomicU64,
}

type Job = Box<dyn FnOnce() + Send>;

impl Auth {
    /// Takes what a client sent.
    pub(crate) fn parse(secret: &Secret) -> Result<Self, Refusal> {
        let fits = secret.0.len() == AUTH_CHARS
            && secret.0.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fits {
            return Err(Refusal::new(Code::BadRequest, "`auth` must be 43 characters of base64url"));
        }
        Ok(Self(Zeroizing::new(secret.0.clone())))
    }
}

impl Pool {
    /// Starts the threads, and makes the dummy hash at the same cost as real ones.
    pub(crate) fn start(options: &Passwords) -> Self {
        let threads = match options.threads {
            0 if thread::available_parallelism().is_ok_and(|cores| cores.get() >= 4) => 2,
            0 => 1,
            threads => threads,
        };
        let places = threads + options.queue.max(1);
        let (jobs, queue) = sync_channel::<Job>(places);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = Arc::clone(&queue);
            let work = move || work(&queue);
            thread::Builder::new().name(format!("password-{number}")).spawn(work).expect("a thread starts");
        }
        // Nobody knows a text that this hash belongs to: it is not the hash of anything, only shaped like one.
        let salt = chance::random::<16>();
        let dummy = bcrypt::non_truncating_hash_with_salt(
            chance::random::<32>().map(|b| b | 1),
            options.bcrypt_cost,
            salt,
        )
        .expect("32 bytes without NUL can be hashed")
        .to_string();
        Self {
            jobs,
            turns: Arc::new(Semaphore::new(places)),
            cost: options.bcrypt_cost,
            dummy: dummy.into(),
            counts: Arc::default(),
        }
    }

    /// A place in the queue, to be had before anything is counted or read.
    pub(crate) fn turn(&self) -> Result<Turn, Refusal> {
        match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(permit) => Ok(Turn { _permit: permit }),
            Err(_) => Err(busy()),
        }
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, turn: Turn, auth: Auth) -> Result<String, Refusal> {
        let (cost, counts) = (self.cost, Arc::clone(&self.counts));
        let hash = self.run(turn, move || {
            counts.made.fetch_add(1, Ordering::Relaxed);
            bcrypt::non_truncating_hash(auth.0.as_bytes(), cost)
        });
        hash.await?.map_err(|_| Refusal::new(Code::Internal, "the server failed"))
    }

    /// Whether a password is that of a hash. Without a hash the dummy is checked, and the answer is no.
    pub(crate) async fn verify(&self, turn: Turn, auth: Auth, hash: Option<String>) -> Result<bool, Refusal> {
        let counts = Arc::clone(&self.counts);
        let dummy = Arc::clone(&self.dummy);
        self.run(turn, move || {
            counts.checked.fetch_add(1, Ordering::Relaxed);
            if hash.is_none() {
                counts.dummies.fetch_add(1, Ordering::Relaxed);
            }
            let holds = bcrypt::non_truncating_verify(auth.0.as_bytes(), hash.as_deref().unwrap_or(&dummy));
            holds.unwrap_or(false) && hash.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            // Nobody waits any more: the time is better spent on the next.
            let done = (!answer.is_closed()).then(job);
            // Whoever has the answer finds the place free.
            drop(turn);
            if let Some(done) = done {
                let _ = answer.send(done);
            }
        });
        self.jobs.try_send(job).map_err(|_| busy())?;
        answered.await.map_err(|_| Refusal::new(Code::Internal, "the server failed"))
    }

    /// How often the dummy was checked.
    #[cfg(test)]
    pub(crate) fn dummies(&self) -> u64 {
        self.counts.dummies.load(Ordering::Relaxed)
    }

    /// How many hashes were made.
    #[cfg(test)]
    pub(crate) fn made(&self) -> u64 {
        self.counts.made.load(Ordering::Relaxed)
    }

    /// How often any hash was checked.
    #[cfg(test)]
    pub(crate) fn checked(&self) -> u64 {
        self.counts.checked.load(Ordering::Relaxed)
    }
}

fn busy() -> Refusal {
    Refusal::later(Code::Busy, "too many people are logging in at once; try again shortly", BUSY_RETRY_MS)
}

fn work(queue: &Mutex<Receiver<Job>>) {
    // Messages go before log-ins. Only Linux has priorities for threads; elsewhere hashing is just less polite.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, 10);
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(byte: u8) -> Auth {
        Auth::parse(&Secret(char::from(byte).to_string().repeat(AUTH_CHARS))).unwrap()
    }

    fn pool(queue: usize) -> Pool {
        Pool::start(&Passwords { bcrypt_cost: 4, threads: 1, queue })
    }

    #[tokio::test]
    async fn a_hash_holds_for_its_password_only() {
        let pool = pool(8);
        let hash = pool.hash(pool.turn().unwrap(), auth(b'a')).await.unwrap();
        assert!(pool.verify(pool.turn().unwrap(), auth(b'a'), Some(hash.clone())).await.unwrap());
        assert!(!pool.verify(pool.turn().unwrap(), auth(b'b'), Some(hash)).await.unwrap());
        assert_eq!(pool.dummies(), 0);
    }

    /// [`Auth::parse`] lets no such text in; should it ever, the pool must refuse and not cut.
    #[tokio::test]
    async fn two_long_texts_that_begin_alike_are_never_one_password() {
        let pool = pool(8);
        let long = |end: &str| Auth(Zeroizing::new(format!("{}{end}", "a".repeat(72))));
        for (one, other) in [("", "x"), ("x", "y")] {
            let hash = pool.hash(pool.turn().unwrap(), long(one)).await;
            let Ok(hash) = hash else { continue };
            assert!(!pool.verify(pool.turn().unwrap(), long(other), Some(hash)).await.unwrap());
        }
        // What another program may have left in the database: bcrypt of the first 72 bytes.
        let cut = bcrypt::hash("a".repeat(72), 4).unwrap();
        assert!(!pool.verify(pool.turn().unwrap(), long("x"), Some(cut)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_name_costs_the_same_check() {
        let pool = Pool::start(&Passwords { bcrypt_cost: 5, threads: 1, queue: 8 });
        let made = pool.hash(pool.turn().unwrap(), auth(b'a')).await.unwrap();
        assert_eq!(pool.dummy[..7], made[..7], "the dummy has the kind and cost of real hashes");
        assert!(!pool.verify(pool.turn().unwrap(), auth(b'a'), None).await.unwrap());
        assert_eq!((pool.dummies(), pool.checked()), (1, 1));
    }

    #[tokio::test]
    async fn over_the_queue_people_are_told_to_come_again() {
        let pool = pool(2);
        let turns: Vec<Turn> = (0..3).map(|_| pool.turn().unwrap()).collect();
        let refused = pool.turn().err().unwrap();
        assert_eq!((refused.code, refused.retry_after_ms), (Code::Busy, BUSY_RETRY_MS));
        drop(turns);
        assert!(pool.turn().is_ok());
    }

    #[test]
    fn what_bcrypt_would_cut_or_misread_is_refused() {
        let long = "a".repeat(73);
        for bad in ["", "short", &long, &"a\0".repeat(21), &format!("{}=", "a".repeat(42))] {
            assert!(Auth::parse(&Secret((*bad).to_owned())).is_err(), "{bad:?}");
        }
    }
}
