//! Faults that the host page of a frame does not offer: their buttons look disabled, and say why when they are pressed.
//!
//! Guarantees: a button is barred exactly if its command would be refused (`web::session`); what ends a fault never is.
//! Leaves out: buttons that have no effect at the moment (`inert`).

use super::intent::{Intent, PodAction};
use crate::web::session::offers;
use quorum_i18n::Lang;

/// The word of the command that an intent gives; none where no host can withhold it.
fn word(intent: Intent) -> Option<&'static str> {
    Some(match intent {
        Intent::Kill(_) | Intent::KillLeader | Intent::KillThree => "kill",
        Intent::Freeze(_) => "pause",
        Intent::Link(..) | Intent::Isolate(_) => "cut",
        Intent::PowerCut => "power_cut",
        Intent::Wipe(_) => "wipe",
        Intent::Damage(_) => "disk",
        Intent::Transfer(_) => "transfer",
        Intent::Campaign(_) => "campaign",
        Intent::Weather(..) => "weather",
        Intent::Client(_) => "client",
        Intent::Region(_) => "region",
        Intent::Cluster(PodAction::Kill(_)) => "kill",
        Intent::Cluster(PodAction::Pause(_)) => "pause",
        Intent::Cluster(PodAction::CutOff(_)) => "partition",
        Intent::Cluster(PodAction::KillZone(_)) => "kill_zone",
        _ => return None,
    })
}

/// Why an intent is barred, if it is; `ends` says that at this moment it ends what it would begin at another.
pub(crate) fn barred(lang: Lang, intent: Option<Intent>, ends: bool) -> Option<String> {
    let word = word(intent?).filter(|_| !ends)?;
    (!offers(word)).then(|| lang.t("refused-not-allowed"))
}
