#!/usr/bin/env python3
"""A Raft core for `quorum-lab swarm --node`: a line of JSON in, a line of JSON out.

The core has no clock, no network and no disk: the simulation tells it what happens, and it answers with what it wants
written, sent and served (docs/your-own-raft.md). It needs nothing but Python 3.8.

It has ONE MISTAKE. Find it:

    quorum-lab swarm --node 'python3 raft.py' --seeds 0..200
"""

import json
import random
import sys


class Raft:
    def start(self, cmd):
        self.id, self.voters = cmd["node"], cmd["voters"]
        self.election, self.heartbeat = cmd["election"], cmd["heartbeat"]
        self.rng = random.Random(cmd["seed"])  # the only randomness: runs must repeat
        self.term, self.vote = cmd.get("term", 0), cmd.get("vote", 0)
        self.snap = cmd.get("snap", {"index": 0, "term": 0, "data": ""})
        self.log = [(term, data) for _, term, data in cmd.get("log", [])]
        self.commit, self.durable = self.snap["index"], self.last()
        self.role, self.leader = "follower", 0
        self.votes, self.next, self.matched = set(), {}, {}
        self.round, self.pending = 0, []
        self.restart_timer()

    # --- the log

    def last(self):
        return self.snap["index"] + len(self.log)

    def term_at(self, index):
        """The term at an index, from the snapshot's on; None beyond the end."""
        at = index - self.snap["index"]
        if at == 0:
            return self.snap["term"]
        return self.log[at - 1][0] if 0 < at <= len(self.log) else None

    def entries(self, first):
        at = first - self.snap["index"] - 1
        return [[first + n, term, data] for n, (term, data) in enumerate(self.log[at:])]

    def others(self):
        return [node for node in self.voters if node != self.id]

    def majority(self):
        return len(self.voters) // 2 + 1

    # --- what an answer contains

    def begin(self):
        self.hard, self.installed, self.cut = False, False, None
        self.send, self.after, self.reads = [], [], []

    def answer(self, ok=True, **more):
        out = {"ok": ok, "role": self.role, "term": self.term, "leader": self.leader, "commit": self.commit, **more}
        if self.hard:
            out["hard"] = {"term": self.term, "vote": self.vote}
        if self.installed:
            out["snapshot"] = self.snap
        if self.cut is not None:
            out["append"] = [self.cut, self.entries(self.cut + 1)]
        out["send"], out["after"], out["reads"] = self.send, self.after, self.reads
        return out

    def message(self, to, kind, **more):
        return {"kind": kind, "from": self.id, "to": to, "term": self.term, **more}

    def written_after(self, index):
        self.cut = index if self.cut is None else min(self.cut, index)

    # --- elections

    def restart_timer(self):
        self.elapsed, self.timeout = 0, self.election + self.rng.randrange(self.election)

    def follow(self, term, leader):
        if term > self.term:
            self.term, self.vote, self.hard = term, 0, True
        self.role, self.leader, self.pending = "follower", leader, []

    def campaign(self):
        self.term, self.vote, self.role, self.leader = self.term + 1, self.id, "candidate", 0
        self.hard, self.votes = True, {self.id}
        self.restart_timer()
        for to in self.others():
            # In `after`: nobody may hear of a vote, not even our own, before it is durable.
            self.after.append(self.message(to, "vote", last=[self.last(), self.term_at(self.last())]))
        self.count_votes()

    def count_votes(self):
        if self.role == "candidate" and len(self.votes) >= self.majority():
            self.role, self.leader, self.pending = "leader", self.id, []
            self.next = {node: self.last() + 1 for node in self.others()}
            self.matched = {node: 0 for node in self.others()}
            self.propose("")  # an empty entry: only with it can entries of older terms be committed

    # --- replication

    def propose(self, data):
        self.written_after(self.last())
        self.log.append((self.term, data))
        self.replicate()
        self.advance()
        return self.last()

    def replicate(self):
        self.elapsed = 0
        for to in self.others():
            self.send_append(to)

    def send_append(self, to):
        first = self.next[to]
        if first <= self.snap["index"]:
            self.send.append(self.message(to, "snapshot", snap=self.snap))
            return
        self.send.append(self.message(
            to, "append", prev=[first - 1, self.term_at(first - 1)], entries=self.entries(first)[:64],
            commit=self.commit, round=self.round))

    def advance(self):
        if self.role != "leader":
            return
        held = sorted([*self.matched.values(), self.durable])
        index = held[len(held) - self.majority()]
        if index > self.commit and self.term_at(index) == self.term:
            self.commit = index
            self.replicate()

    # --- messages

    def deliver(self, msg):
        kind, sender, term = msg["kind"], msg["from"], msg["term"]
        if term > self.term:
            self.follow(term, sender if kind in ("append", "snapshot") else 0)
        if kind == "vote":
            own = (self.term_at(self.last()), self.last())
            granted = (term == self.term and self.vote in (0, sender) and self.role == "follower"
                       and (msg["last"][1], msg["last"][0]) >= own)
            if granted:
                self.vote, self.hard = sender, True
                self.restart_timer()
            self.after.append(self.message(sender, "vote_resp", granted=granted))
        elif kind == "vote_resp":
            if term == self.term and msg["granted"]:
                self.votes.add(sender)
                self.count_votes()
        elif kind in ("append", "snapshot"):
            if term < self.term:
                self.send.append(self.message(sender, "append_resp", reject=True, match=0, last=0, round=0))
                return
            self.follow(term, sender)
            self.restart_timer()
            self.on_append(sender, msg) if kind == "append" else self.on_snapshot(sender, msg["snap"])
        elif kind == "append_resp" and self.role == "leader" and term == self.term:
            self.on_answer(sender, msg)

    def on_append(self, sender, msg):
        (prev, prev_term), index = msg["prev"], msg["prev"][0]
        if prev > self.snap["index"] and self.term_at(prev) != prev_term:
            last = min(self.last(), prev - 1)
            self.after.append(self.message(
                sender, "append_resp", reject=True, match=prev, last=last, round=msg["round"]))
            return
        for index, term, data in msg["entries"]:
            if index <= self.snap["index"] or self.term_at(index) == term:
                continue
            if index <= self.last():
                del self.log[index - self.snap["index"] - 1:]
                self.durable = min(self.durable, index - 1)
            self.written_after(index - 1)
            self.log.append((term, data))
        self.commit = max(self.commit, min(msg["commit"], index))
        # In `after`: the leader counts on these entries, so they have to be durable first.
        self.after.append(self.message(sender, "append_resp", reject=False, match=index, round=msg["round"]))

    def on_snapshot(self, sender, snap):
        if snap["index"] > self.commit:
            self.snap, self.log, self.commit = snap, [], snap["index"]
            self.installed, self.cut, self.durable = True, None, 0
        self.after.append(self.message(sender, "append_resp", reject=False, match=self.commit, round=0))

    def on_answer(self, sender, msg):
        if msg["reject"]:
            self.next[sender] = max(min(self.next[sender], msg["last"] + 1), self.matched[sender] + 1)
            self.send_append(sender)
        else:
            self.matched[sender] = max(self.matched[sender], msg["match"])
            self.next[sender] = max(self.next[sender], msg["match"] + 1)
            self.advance()

    # --- reads

    def read(self, ctx):
        if self.role != "leader" or self.term_at(self.commit) != self.term:
            return False
        self.reads.append([ctx, self.commit])
        return True

    # --- commands

    def act(self, cmd):
        op = cmd["op"]
        if op == "hello":
            return {"ok": True, "proto": 1, "caps": ["read", "snapshot"]}
        if op in ("init", "restart"):
            self.start(cmd)
        self.begin()
        if op == "tick":
            self.elapsed += cmd["n"]
            if self.role == "leader":
                if self.elapsed >= self.heartbeat:
                    self.replicate()
            elif self.elapsed >= self.timeout:
                self.campaign()
        elif op == "deliver":
            self.deliver(cmd["msg"])
        elif op == "propose":
            if self.role != "leader":
                return self.answer(False, code="not_leader")
            return self.answer(index=self.propose(cmd["data"]))
        elif op == "read":
            if not self.read(cmd["ctx"]):
                return self.answer(False, code="not_leader")
        elif op == "persisted":
            if self.term_at(cmd["index"]) == cmd["term"]:
                self.durable = max(self.durable, cmd["index"])
                self.advance()
        elif op == "compact":
            term = self.term_at(cmd["to"])
            del self.log[:cmd["to"] - self.snap["index"]]
            self.snap = {"index": cmd["to"], "term": term, "data": cmd["data"]}
        elif op == "campaign" and self.role != "leader":
            self.campaign()
        return self.answer()


raft = Raft()
for line in sys.stdin:
    print(json.dumps(raft.act(json.loads(line)), separators=(",", ":")), flush=True)
