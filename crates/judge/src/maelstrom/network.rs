//! The network between the processes: latency, loss and cut links.
//!
//! Guarantees: the n-th message of a link has the same latency and the same luck in every run of a seed. Leaves out:
//! when a program sends its n-th message, which real time decides; order, which no link keeps; and loss between nodes
//! and clients, whose links always work.

use quorum_types::Rng;

/// The latency of most messages: from, to.
const LATENCY_US: (u64, u64) = (500, 8_000);
/// One message in this many takes longer.
const SLOW_EVERY: u64 = 25;
/// How much longer, at most.
const SLOW_US: u64 = 40_000;

/// The links between all nodes, and between nodes and clients.
#[derive(Debug)]
pub(crate) struct Network {
    nodes: usize,
    links: Vec<Rng>,
    clients: Rng,
    /// How often each link is cut, because faults overlap.
    cuts: Vec<u32>,
    loss_permille: u64,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It arrives after this time.
    Arrives(u64),
    /// It is lost.
    Lost,
    /// Its link is cut.
    Cut,
}

impl Network {
    pub(crate) fn new(nodes: usize, seed: u64) -> Self {
        let links = (0..nodes * nodes).map(|link| Rng::new(seed, 10_000 + link as u64)).collect();
        Self { nodes, links, clients: Rng::new(seed, 9_999), cuts: vec![0; nodes * nodes], loss_permille: 0 }
    }

    /// A message from one node to another.
    pub(crate) fn pass(&mut self, from: usize, to: usize) -> Passage {
        let link = from * self.nodes + to;
        let (luck, latency_us) = (self.links[link].below(1_000), latency(&mut self.links[link]));
        if from == to {
            return Passage::Arrives(0);
        }
        if self.cuts[link] > 0 {
            return Passage::Cut;
        }
        if luck < self.loss_permille {
            return Passage::Lost;
        }
        Passage::Arrives(latency_us)
    }

    /// The latency between a node and a client.
    pub(crate) fn client_us(&mut self) -> u64 {
        latency(&mut self.clients) / 4
    }

    /// Cuts these links once more, or once less.
    pub(crate) fn cut(&mut self, links: &[(usize, usize)], on: bool) {
        for (from, to) in links {
            let cuts = &mut self.cuts[from * self.nodes + to];
            *cuts = if on { *cuts + 1 } else { cuts.saturating_sub(1) };
        }
    }

    /// Loses this many of a thousand messages between nodes.
    pub(crate) fn lose(&mut self, permille: u64) {
        self.loss_permille = permille;
    }
}

fn latency(rng: &mut Rng) -> u64 {
    let slow = rng.below(SLOW_EVERY) == 0;
    rng.between(LATENCY_US.0, LATENCY_US.1) + if slow { rng.below(SLOW_US) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_works_once_every_cut_of_it_is_over() {
        let mut network = Network::new(3, 1);
        network.cut(&[(0, 1)], true);
        network.cut(&[(0, 1), (1, 0)], true);
        network.cut(&[(0, 1)], false);
        assert_eq!(network.pass(0, 1), Passage::Cut);
        network.cut(&[(0, 1), (1, 0)], false);
        assert!(matches!(network.pass(0, 1), Passage::Arrives(_)));
        network.lose(1_000);
        assert_eq!((network.pass(0, 2), network.pass(0, 0)), (Passage::Lost, Passage::Arrives(0)));
    }
}
