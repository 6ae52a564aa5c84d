//! The service's name: which region its DNS record names, and which one a client's resolver returns.
//!
//! Guarantees: a resolver returns the same answer until its TTL ends, whatever the record says meanwhile. Leaves out:
//! when a runbook switches the record (`runbook_executor`), and what clients do with the answer (`clients`).

use super::Regions;
use super::action::Region;
use super::clients::number;
use super::event::RegionEvent;
use super::rules::Rule;
use quorum_types::SECOND;

impl Regions {
    /// Switches the DNS record to a region; a wrong record names a host that is gone. Resolvers notice when the TTL of
    /// the answer that they keep ends.
    pub(super) fn switch_dns(&mut self, to: Region, wrong: bool) {
        self.dns = (!wrong).then_some(to);
        let keep_s = self.settings.dns_ttl_s
            + if self.settings.dns_overstay_percent > 0 { self.settings.dns_overstay_s } else { 0 };
        self.dns_settled_at_us = Some(self.now + keep_s * SECOND);
        self.emit(None, RegionEvent::DnsChanged { region: to as u32 });
    }

    /// The region that a client's resolver names now; it asks again when the cached answer has expired.
    pub(super) fn resolve(&mut self, client: usize) -> Option<Region> {
        let ttl_us = self.settings.dns_ttl_s * SECOND;
        let overstay_us = self.settings.dns_overstay_s * SECOND;
        let (now, named) = (self.now, self.dns);
        let cut_off = self.sites[self.clients.all[client].place].isolated;
        let found = &mut self.clients.all[client];
        let keep_us = ttl_us + if found.stubborn { overstay_us } else { 0 };
        let asks = now >= found.until_us && !cut_off;
        if asks && (named.is_some() || self.rules.on(Rule::DnsCacheUntilTtl)) {
            found.resolved = named;
            found.until_us = now + keep_us;
        }
        let resolved = found.resolved;
        self.checkers.resolved(now, client, (resolved, asks), named, keep_us);
        if let Some(region) = resolved.filter(|region| *region != found.moved_to) {
            found.moved_to = region;
            self.emit(
                number(client),
                RegionEvent::ClientMoved { client: client as u32, region: region as u32 },
            );
        }
        resolved
    }
}
