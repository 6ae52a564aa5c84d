//! Which numbers of a group were taken, kept apart from what their nodes store.
//!
//! A node that comes back without its state could vote a second time in a term, or deny what it acknowledged. Raft
//! assumes that this never happens, so somebody else has to remember that the number was taken. Guarantees: an identity
//! is stored with the node first and here second, and the node acts only afterwards, so that a crash in between harms
//! nothing. Leaves out: everything that the nodes agree on.

use super::store::{get, put};
use crate::web::idb::{Database, StoreError, settled};
use quorum_types::NodeId;

const VERSION: u32 = 1;
const MEMBERS: &str = "members";

/// The members of a group.
#[derive(Debug)]
pub(super) struct Members {
    database: Database,
}

impl Members {
    pub(super) async fn open(name: &str) -> Result<Self, StoreError> {
        Ok(Self { database: Database::open(name, VERSION, &[MEMBERS]).await? })
    }

    /// How many nodes the group has. The first tab that asks decides it, in one transaction.
    pub(super) async fn nodes(&self, wanted: u32) -> Result<u32, StoreError> {
        let transaction = self.database.write(&[MEMBERS])?;
        let finished = transaction.finished();
        let members = transaction.store(MEMBERS)?;
        let known = settled(&get(&members, "nodes")?).await?.as_f64();
        if known.is_none() {
            put(&members, &"nodes".into(), &wanted.into())?;
        }
        finished.await?;
        Ok(known.map_or(wanted, |nodes| nodes as u32))
    }

    /// The identity of the node that took a number.
    pub(super) async fn identity(&self, number: NodeId) -> Result<Option<String>, StoreError> {
        let members = self.database.read(&[MEMBERS])?.store(MEMBERS)?;
        Ok(settled(&get(&members, &number.to_string())?).await?.as_string())
    }

    /// Remembers the identity of a node.
    pub(super) async fn put(&self, number: NodeId, identity: &str) -> Result<(), StoreError> {
        let transaction = self.database.write(&[MEMBERS])?;
        let finished = transaction.finished();
        let members = transaction.store(MEMBERS)?;
        put(&members, &number.to_string().into(), &identity.into())?;
        finished.await
    }
}
