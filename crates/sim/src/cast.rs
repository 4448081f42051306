//! Teams of two, three and four people who have registered, to begin runs with: registering stretches a password, which is
//! made to be slow.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use securechat_engine::account::{Stretched, stretch};
use securechat_testkit::{Saved, Team};

/// Who there is.
pub(crate) const NAMES: [&str; 4] = ["ana", "ben", "eva", "joe"];

/// Teams to begin with.
#[derive(Default)]
pub struct Cast {
    teams: [OnceCell<Ready>; 3],
}

pub(crate) struct Ready {
    saved: Saved,
    stretched: BTreeMap<String, Stretched>,
}

impl Cast {
    pub(crate) fn of(&self, people: usize) -> &Ready {
        self.teams[people - 2].get_or_init(|| {
            let mut team = Team::new(NAMES[0]);
            for name in &NAMES[1..people] {
                team.join(name);
            }
            let names = NAMES[..people].iter();
            let stretched = names.map(|name| {
                let parameters = team.server.parameters(name);
                ((*name).to_owned(), stretch("correct horse", &parameters).expect("stretches"))
            });
            let stretched = stretched.collect();
            Ready { saved: team.save(), stretched }
        })
    }
}

impl Ready {
    pub(crate) fn team(&self) -> Team {
        self.saved.team()
    }

    pub(crate) fn stretched(&self, name: &str) -> &Stretched {
        &self.stretched[name]
    }
}
