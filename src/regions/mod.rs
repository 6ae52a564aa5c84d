//! Two regions and what binds them: clusters, backups, shipping of the log, a name, clients, a desk.

pub mod config;
pub mod deed;
pub mod facts;
pub mod runbook;
pub mod settings;

pub use deed::{Deed, Region, Said, Surprise};
pub use runbook::{Runbook, Step};
pub use settings::Settings;
