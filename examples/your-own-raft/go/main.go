// A Raft core for `quorum-lab swarm --node`: a line of JSON in, a line of JSON out.
//
// The core has no clock, no network and no disk: the simulation tells it what happens, and it answers with what it
// wants written, sent and served (docs/your-own-raft.md). It needs nothing but Go's standard library.
//
// It has ONE MISTAKE. Find it:
//
//	go build -o raft .
//	quorum-lab swarm --node ./raft --seeds 0..200
package main

import (
	"bufio"
	"encoding/json"
	"math/rand"
	"os"
	"sort"
)

// Entry is [index, term, data] in JSON.
type Entry struct {
	Index, Term int
	Data        string
}

func (e Entry) MarshalJSON() ([]byte, error) { return json.Marshal([]any{e.Index, e.Term, e.Data}) }

func (e *Entry) UnmarshalJSON(bytes []byte) error {
	return json.Unmarshal(bytes, &[]any{&e.Index, &e.Term, &e.Data})
}

type Snap struct {
	Index int    `json:"index"`
	Term  int    `json:"term"`
	Data  string `json:"data"`
}

type Message struct {
	Kind    string  `json:"kind"`
	From    int     `json:"from"`
	To      int     `json:"to"`
	Term    int     `json:"term"`
	Last    [2]int  `json:"last"`
	Granted bool    `json:"granted"`
	Prev    [2]int  `json:"prev"`
	Entries []Entry `json:"entries,omitempty"`
	Commit  int     `json:"commit"`
	Round   int     `json:"round"`
	Reject  bool    `json:"reject"`
	Match   int     `json:"match"`
	Snap    *Snap   `json:"snap,omitempty"`
}

type Command struct {
	Op                  string
	Node                int
	Voters              []int
	Election, Heartbeat int
	Seed                int64
	Term, Vote          int
	Snap                Snap
	Log                 []Entry
	N                   int
	Msg                 Message
	Data, Ctx           string
	Index, To           int
}

type Hard struct {
	Term int `json:"term"`
	Vote int `json:"vote"`
}

type Answer struct {
	Ok       bool      `json:"ok"`
	Code     string    `json:"code,omitempty"`
	Caps     []string  `json:"caps,omitempty"`
	Index    int       `json:"index,omitempty"`
	Role     string    `json:"role"`
	Term     int       `json:"term"`
	Leader   int       `json:"leader"`
	Commit   int       `json:"commit"`
	Hard     *Hard     `json:"hard,omitempty"`
	Snapshot *Snap     `json:"snapshot,omitempty"`
	Append   []any     `json:"append,omitempty"`
	Send     []Message `json:"send,omitempty"`
	After    []Message `json:"after,omitempty"`
	Reads    [][2]any  `json:"reads,omitempty"`
}

type Read struct {
	ctx          string
	index, round int
	answered     map[int]bool
}

type Raft struct {
	id                  int
	voters              []int
	election, heartbeat int
	rng                 *rand.Rand // the only randomness: runs must repeat
	term, vote          int
	snap                Snap
	log                 []Entry
	commit, durable     int
	role                string
	leader              int
	elapsed, timeout    int
	votes               map[int]bool
	next, matched       map[int]int
	round               int
	pending             []Read
	out                 Answer
	cut                 int // the next answer's append begins after this index; -1 for none
	hard, installed     bool
}

func (r *Raft) start(c Command) {
	*r = Raft{id: c.Node, voters: c.Voters, election: c.Election, heartbeat: c.Heartbeat, term: c.Term, vote: c.Vote,
		snap: c.Snap, log: c.Log, role: "follower", rng: rand.New(rand.NewSource(c.Seed)), cut: -1}
	r.commit, r.durable = r.snap.Index, r.last()
	r.restartTimer()
}

// --- the log

func (r *Raft) last() int { return r.snap.Index + len(r.log) }

// termAt is the term at an index, from the snapshot's on; -1 beyond the end.
func (r *Raft) termAt(index int) int {
	at := index - r.snap.Index
	switch {
	case at == 0:
		return r.snap.Term
	case at > 0 && at <= len(r.log):
		return r.log[at-1].Term
	}
	return -1
}

func (r *Raft) entries(first int) []Entry {
	return append([]Entry{}, r.log[first-r.snap.Index-1:]...)
}

func (r *Raft) others() (ids []int) {
	for _, id := range r.voters {
		if id != r.id {
			ids = append(ids, id)
		}
	}
	return
}

func (r *Raft) majority() int { return len(r.voters)/2 + 1 }

func (r *Raft) writtenAfter(index int) {
	if r.cut < 0 || index < r.cut {
		r.cut = index
	}
}

func (r *Raft) message(to int, kind string) Message {
	return Message{Kind: kind, From: r.id, To: to, Term: r.term}
}

// --- elections

func (r *Raft) restartTimer() { r.elapsed, r.timeout = 0, r.election+r.rng.Intn(r.election) }

func (r *Raft) follow(term, leader int) {
	if term > r.term {
		r.term, r.vote, r.hard = term, 0, true
	}
	r.role, r.leader, r.pending = "follower", leader, nil
}

func (r *Raft) campaign() {
	r.term, r.vote, r.role, r.leader, r.hard = r.term+1, r.id, "candidate", 0, true
	r.votes = map[int]bool{r.id: true}
	r.restartTimer()
	for _, to := range r.others() {
		m := r.message(to, "vote")
		m.Last = [2]int{r.last(), r.termAt(r.last())}
		// After: nobody may hear of a vote, not even our own, before it is durable.
		r.out.After = append(r.out.After, m)
	}
	r.countVotes()
}

func (r *Raft) countVotes() {
	if r.role != "candidate" || len(r.votes) < r.majority() {
		return
	}
	r.role, r.leader, r.pending = "leader", r.id, nil
	r.next, r.matched = map[int]int{}, map[int]int{}
	for _, id := range r.others() {
		r.next[id] = r.last() + 1
	}
	// An empty entry: only with it can entries of older terms be committed.
	r.propose("")
}

// --- replication

func (r *Raft) propose(data string) int {
	r.writtenAfter(r.last())
	r.log = append(r.log, Entry{r.last() + 1, r.term, data})
	r.replicate()
	r.advance()
	return r.last()
}

func (r *Raft) replicate() {
	r.elapsed = 0
	for _, to := range r.others() {
		r.sendAppend(to)
	}
}

func (r *Raft) sendAppend(to int) {
	first := r.next[to]
	if first <= r.snap.Index {
		m, snap := r.message(to, "snapshot"), r.snap
		m.Snap = &snap
		r.out.Send = append(r.out.Send, m)
		return
	}
	m := r.message(to, "append")
	m.Prev, m.Commit, m.Round = [2]int{first - 1, r.termAt(first - 1)}, r.commit, r.round
	m.Entries = r.entries(first)
	if len(m.Entries) > 64 {
		m.Entries = m.Entries[:64]
	}
	r.out.Send = append(r.out.Send, m)
}

func (r *Raft) advance() {
	if r.role != "leader" {
		return
	}
	held := []int{r.durable}
	for _, id := range r.others() {
		held = append(held, r.matched[id])
	}
	sort.Ints(held)
	index := held[len(held)-r.majority()]
	if index > r.commit && r.termAt(index) == r.term {
		r.commit = index
		r.replicate()
	}
}

// --- messages

func (r *Raft) deliver(m Message) {
	if m.Term > r.term {
		leader := 0
		if m.Kind == "append" || m.Kind == "snapshot" {
			leader = m.From
		}
		r.follow(m.Term, leader)
	}
	switch {
	case m.Kind == "vote":
		own, lastTerm := r.last(), r.termAt(r.last())
		recent := m.Last[1] > lastTerm || m.Last[1] == lastTerm && m.Last[0] >= own
		answer := r.message(m.From, "vote_resp")
		answer.Granted = m.Term == r.term && (r.vote == 0 || r.vote == m.From) && r.role == "follower" && recent
		if answer.Granted {
			r.vote, r.hard = m.From, true
			r.restartTimer()
		}
		r.out.After = append(r.out.After, answer)
	case m.Kind == "vote_resp":
		if m.Term == r.term && m.Granted {
			r.votes[m.From] = true
			r.countVotes()
		}
	case (m.Kind == "append" || m.Kind == "snapshot") && m.Term < r.term:
		answer := r.message(m.From, "append_resp")
		answer.Reject = true
		r.out.Send = append(r.out.Send, answer)
	case m.Kind == "append":
		r.follow(m.Term, m.From)
		r.restartTimer()
		r.onAppend(m)
	case m.Kind == "snapshot":
		r.follow(m.Term, m.From)
		r.restartTimer()
		r.onSnapshot(m)
	case m.Kind == "append_resp" && r.role == "leader" && m.Term == r.term:
		r.onAnswer(m)
	}
}

func (r *Raft) onAppend(m Message) {
	answer, index := r.message(m.From, "append_resp"), m.Prev[0]
	answer.Round = m.Round
	if index > r.snap.Index && r.termAt(index) != m.Prev[1] {
		answer.Reject, answer.Match, answer.Last[0] = true, index, index-1
		if r.last() < index-1 {
			answer.Last[0] = r.last()
		}
		r.out.After = append(r.out.After, answer)
		return
	}
	for _, e := range m.Entries {
		index = e.Index
		if index <= r.snap.Index || r.termAt(index) == e.Term {
			continue
		}
		if index <= r.last() {
			r.log = r.log[:index-r.snap.Index-1]
			if r.durable > index-1 {
				r.durable = index - 1
			}
		}
		r.writtenAfter(index - 1)
		r.log = append(r.log, e)
	}
	commit := m.Commit
	if commit > index {
		commit = index
	}
	if commit > r.commit {
		r.commit = commit
	}
	answer.Match = index
	r.out.Send = append(r.out.Send, answer)
}

func (r *Raft) onSnapshot(m Message) {
	if m.Snap != nil && m.Snap.Index > r.commit {
		r.snap, r.log, r.commit = *m.Snap, nil, m.Snap.Index
		r.installed, r.cut, r.durable = true, -1, 0
	}
	answer := r.message(m.From, "append_resp")
	answer.Match = r.commit
	r.out.After = append(r.out.After, answer)
}

func (r *Raft) onAnswer(m Message) {
	if m.Reject {
		next := m.Last[0] + 1
		if next > r.next[m.From] {
			next = r.next[m.From]
		}
		if next <= r.matched[m.From] {
			next = r.matched[m.From] + 1
		}
		r.next[m.From] = next
		r.sendAppend(m.From)
	} else {
		if m.Match > r.matched[m.From] {
			r.matched[m.From] = m.Match
		}
		if m.Match >= r.next[m.From] {
			r.next[m.From] = m.Match + 1
		}
		r.advance()
	}
	var left []Read
	for _, read := range r.pending {
		if m.Round >= read.round {
			read.answered[m.From] = true
		}
		if len(read.answered)+1 >= r.majority() {
			r.out.Reads = append(r.out.Reads, [2]any{read.ctx, read.index})
		} else {
			left = append(left, read)
		}
	}
	r.pending = left
}

// --- reads

// read takes the commit index and waits until a majority has answered a round that began afterwards (thesis 6.4).
func (r *Raft) read(ctx string) bool {
	if r.role != "leader" || r.termAt(r.commit) != r.term {
		return false
	}
	r.round++
	r.pending = append(r.pending, Read{ctx, r.commit, r.round, map[int]bool{}})
	r.replicate()
	return true
}

// --- commands

func (r *Raft) act(c Command) Answer {
	r.out, r.cut, r.hard, r.installed = Answer{Ok: true}, -1, false, false
	refuse := func() { r.out.Ok, r.out.Code = false, "not_leader" }
	switch c.Op {
	case "hello":
		return Answer{Ok: true, Caps: []string{"read", "snapshot"}, Role: "follower"}
	case "init", "restart":
		r.start(c)
		r.out = Answer{Ok: true}
	case "tick":
		r.elapsed += c.N
		if r.role == "leader" && r.elapsed >= r.heartbeat {
			r.replicate()
		} else if r.role != "leader" && r.elapsed >= r.timeout {
			r.campaign()
		}
	case "deliver":
		r.deliver(c.Msg)
	case "propose":
		if r.role == "leader" {
			r.out.Index = r.propose(c.Data)
		} else {
			refuse()
		}
	case "read":
		if !r.read(c.Ctx) {
			refuse()
		}
	case "persisted":
		if r.termAt(c.Index) == c.Term {
			if c.Index > r.durable {
				r.durable = c.Index
			}
			r.advance()
		}
	case "compact":
		term := r.termAt(c.To)
		r.log = append([]Entry{}, r.log[c.To-r.snap.Index:]...)
		r.snap = Snap{c.To, term, c.Data}
	case "campaign":
		if r.role != "leader" {
			r.campaign()
		}
	}
	r.out.Role, r.out.Term, r.out.Leader, r.out.Commit = r.role, r.term, r.leader, r.commit
	if r.hard {
		r.out.Hard = &Hard{r.term, r.vote}
	}
	if r.installed {
		snap := r.snap
		r.out.Snapshot = &snap
	}
	if r.cut >= 0 {
		r.out.Append = []any{r.cut, r.entries(r.cut + 1)}
	}
	return r.out
}

func main() {
	raft := &Raft{role: "follower", cut: -1}
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var c Command
		// A command that cannot be read is one that this core does not know.
		_ = json.Unmarshal(line, &c)
		answer, _ := json.Marshal(raft.act(c))
		_, _ = out.Write(append(answer, '\n'))
		if out.Flush() != nil {
			return
		}
	}
}
