//! What the tables of switchable rules of several worlds have in common.
//!
//! Guarantees: every rule is on unless it was switched off. Leaves out: the rules themselves; a world has an enum
//! `Rule` (numbered from 0, with `Serialize` and `Deserialize`) and a table `RULES` in the same order. The Raft core
//! has no such macro at its disposal, because it depends on nothing above it (`quorum_raft::rules`).

/// Completes a module with an enum `Rule` and a table `RULES: [RuleFacts; N]` of `facts(rule, name, breaks)`: the types
/// `RuleFacts` and `Rules`, and [`SwitchableRule`](crate::swarm::SwitchableRule).
#[macro_export]
macro_rules! switchable_rules {
    () => {
        /// A rule's name, and the invariant or property that is violated without it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct RuleFacts {
            /// The rule.
            pub rule: Rule,
            /// Its name in commands and protocols.
            pub name: &'static str,
            /// The invariant or property that is violated without it.
            pub breaks: &'static str,
        }

        const fn facts(rule: Rule, name: &'static str, breaks: &'static str) -> RuleFacts {
            RuleFacts { rule, name, breaks }
        }

        /// Which rules are off.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Rules {
            off: u32,
        }

        impl Rules {
            /// Whether a rule is on.
            #[inline]
            pub fn on(self, rule: Rule) -> bool {
                self.off & (1 << rule as u8) == 0
            }

            /// Switches a rule.
            pub fn set(&mut self, rule: Rule, on: bool) {
                if on {
                    self.off &= !(1 << rule as u8);
                } else {
                    self.off |= 1 << rule as u8;
                }
            }
        }

        impl $crate::swarm::SwitchableRule for Rule {
            fn all() -> Vec<Self> {
                RULES.iter().map(|facts| facts.rule).collect()
            }

            fn name(self) -> &'static str {
                RULES[self as usize].name
            }

            fn breaks(self) -> &'static str {
                RULES[self as usize].breaks
            }
        }
    };
}
