# Quorum Lab: every sentence of the page and the lab. Lesson texts lie in lessons/.

## Majority
majority-can-elect = { $nodes } nodes, majority { $need }, reachable { $reachable }: can elect
majority-cannot-elect = { $nodes } nodes, majority { $need }, reachable { $reachable }: cannot elect, { $missing } short
majority-single = 1 node: when it stops, the service stops

## Brand and shell
brand = Quorum Lab
lang-switch = Switch to Chinese (中)
lang-short = 中
theme-auto = Theme: as the system. Press to change
theme-light = Theme: light. Press to change
theme-dark = Theme: dark. Press to change
help = Keyboard help
close = Close
copy-link = Copy link
copied = Copied
copy-failed = The browser refused; copy it from the address bar
expand = Expand
crumb = You are here
free-play = Free play
tab-lesson = Lesson
tab-goals = goals { $met }/{ $n }
tab-instruments = Instruments
skip = Skip to content
tab-recovery = Recovery
lesson-region = Lesson
instruments-region = Instruments
vitals-region = Key figures
tabs-region = Lesson or instruments
timeline-region = Timeline
stage-region = Stage
tools-region = Faults in hand
booting = Starting the engine
not-opened = Not opened
loading-store = Reading the data back from the browser's storage: { $done } of { $total }

## The palette
pal-title = Find anything
pal-hint = An action, a moment, a lesson …
pal-found = What was found
pal-none = Nothing fits
pal-n = { $n ->
    [one] { $n } entry
   *[other] { $n } entries
 }
pal-actions = Actions
pal-moments = Moments
pal-here = On this page
pal-places = Places
pal-settings = Settings
pal-lesson = Lesson: { $title }
pal-free = Free play: { $title }
pal-standalone = A single engine
pal-tests = Failover tests, load test, majority calculator (in a Milvus cluster)
pal-theme-auto = Theme: as the system
pal-theme-light = Theme: light
pal-theme-dark = Theme: dark
pal-is-set = This is set now
pal-speed = Speed { $x }×
pal-do = { $act }: { $what }
pal-why-stopped = The run is not open
pal-why-no-way-back = This run cannot go back
pal-why-nothing-asked = There is no action before this moment
pal-why-up = It has power already
pal-why-down = It has no power
pal-why-cannot = Not possible here now
pal-why-nothing-cut = Nothing is cut
pal-why-three = Three nodes are down already
pal-why-no-log = The log is still empty
pal-why-no-rows = There are no rows yet
pal-why-recovering = It is still recovering, or it refused its log

## The list of keys
keys-time = Time
keys-acts = What is selected
keys-everywhere = On every page
key-tab = To the next control
key-esc-page = Close what is open
key-timeline = On the timeline: a little earlier, a little later
key-timeline-ends = On the timeline: to its beginning, to its end

## Run until something happens
until-title = Run until …
until-event = The next event
until-leader = The next election or takeover
until-service = A lost acknowledgement, or an outage begins or ends
until-invariant = A broken invariant
until-goal = The next goal
until-stopped = Stopped at { $t }: { $what }
until-goal-met = Stopped at { $t }: a goal is met
until-idle = Stopped at { $t }: nothing more happens by itself
until-nothing = Stopped at { $t }: it did not happen by then

## The log
log-query = Search the log
log-about = What events are about
log-all-kinds = Everything
log-faults = Faults
log-leadership = Votes and leadership
log-storage = Storage
log-clients = Clients and checks
log-node = Where it happened
log-all-nodes = Everywhere
log-count = { $shown } of { $n }
log-take = Copy or save
log-copy = Copy
log-save-text = Save as text
log-save-json = Save as JSON lines
key-log = Open the log and search it

## Export of charts
export-title = Save this chart
export-svg = Picture (SVG)
export-png = Picture (PNG)
export-csv = Numbers (CSV)
export-refused = The browser refused
export-phase = Phase
export-from = from (s)
export-to = to (s)
export-target = Target
export-count = Runs
export-value = Value
export-row = Row
export-series = Series
export-at = at (s)
export-took = took (ms)

## Stages that can be enlarged
zoom-title = View of the stage
zoom-in = Enlarge (+)
zoom-out = Reduce (-)
zoom-fit = Show all (0)
key-zoom = With the focus on the stage: enlarge, reduce, show all

## A window on the timeline
timeline-window = Part of the run that is shown
timeline-window-value = { $from } to { $to }
timeline-in = Timeline: show less, larger
timeline-out = Timeline: show more
timeline-all = Timeline: show the whole run
key-timeline-zoom = On the timeline: enlarge, reduce, the whole run

## Home
home-title = Cut the power yourself and see what survives
home-lead = A write-ahead log, a vector engine and a Raft replica set run for real in this page. You kill nodes, cut links and pull the plug, then check: is what was acknowledged still there?
home-first = Start the first lesson
home-free = Go to free play
home-lessons = Lessons
home-minutes = about { $n } min
home-nav-open = Open a lesson
home-nav-record = My record
home-nav-glossary = Glossary
home-nav-map = Course map
home-track-4-s = A whole site is lost. How much, and for how long?
home-track-4 = Disaster recovery
home-track-3-s = The leader is gone. How long until service is back?
home-track-3 = Election and failover
home-track-2-s = What does one more copy buy, and cost?
home-track-2 = Replicas and consistency
home-track-1-s = After the power cut, which writes are still there?
home-track-1 = WAL and crash recovery
home-tolerance = How many nodes, how many may fail
home-tol-nodes = Nodes
home-tol-majority = Majority
home-tol-spare = May fail
home-tol-picture = Picture
home-tol-open = nodes: open a replica set of that size
home-tol-note = 4 nodes tolerate 1, just like 3: the extra node raises the bar as well.
home-tol-row = { $nodes } nodes, majority { $need }, { $spare } may fail
home-real = What is real, what is simplified
real-wal = Real: every byte of the log, the checksums, the recovery. A write is in IndexedDB (strict durability) before it is acknowledged.
real-raft = Real: pre-vote, elections, replication, commits, snapshots, membership changes and reads, as in the Raft papers, with rules that can be switched off one by one. The same seed and the same actions give the same result, bit by bit.
real-kill = Real: pulling the plug ends the worker on the spot. Reloading the page or killing the browser is the same power cut.
simple-time = Simplified: the replica set's network and clock are simulated, so that time can be slowed, held and sped up.
simple-disk = Simplified: the five nodes' disks all lie in this one browser; closing the page cuts the power of the whole cluster.
simple-not = Not done: Byzantine faults. Nodes stop and forget, disks go bad, but nobody lies on purpose.

## Lesson pane
goals = Goals
hint = Hint
back = Back
next = Next
finish = Home
free-title-set = { $n } nodes to play with
free-title-one = One engine to play with
free-body-set = There is no task here. Pick a node or a link, then use the tools below: kill, restart, freeze, cut. Watch the majority sentence change, and who takes over.
free-nodes = Number of nodes
free-seed = Seed
free-open = Start again in memory
free-body-one = There is no task here. Insert, query, pull the plug, open again, and see what the log has kept.
actions = What to do in this step

## Lesson actions
act-insert-1000 = Insert 1,000 rows
act-query-first-ten = Query id < 10
act-insert-10000 = Insert 10 × 1,000 more
act-pull-plug = Pull the plug
act-reopen = Power on
act-prove = Verify
act-kill-leader = Kill the leader
act-kill-three = Kill three nodes
act-restart-all = Restart all
act-power-cut = Cut all power
no-leader = There is no leader to kill right now
none-down = No node is down

## Tools
tool-kill = Kill
tool-restart = Restart
tool-pause = Freeze
tool-resume = Thaw
tool-cut = Cut
tool-heal = Heal
tool-client-off = Client off
tool-client-on = Client on
pick-target = Pick a node or a link
pick-keys = Digits pick nodes, Tab picks links
picked-node = S{ $node } selected
picked-node-up = K kills it
picked-node-down = R restarts it
picked-link = S{ $a }–S{ $b } selected
picked-link-up = X cuts it
picked-link-cut = X heals it

## Keyboard
key-space = Play / hold
key-right = One step forward
key-digits = Select a node
key-k = Kill the selected node
key-r = Restart the selected node
key-x = Cut or heal the selected link
key-f = Freeze or thaw the selected node
key-p = Pull the plug
key-speed = Slower / faster
key-help = Open this sheet
key-esc = Drop the selection, close windows

## Nodes
role-leader = Leader
role-follower = Follower
role-candidate = Candidate
role-down = Down
role-recovering = Recovering
role-refused = Log damaged
role-paused = Frozen
role-apart = Cut off
role-leader-apart = Leader · cut off
role-syncing = { $role } · sync
role-votes = Stands · { $n }/{ $of }
short-leader = leader
short-follower = follower
short-candidate = cand.
short-down = down
short-recovering = recovering
short-refused = damaged
short-paused = frozen
short-apart = cut off
term-n = term { $n }
term-short = t{ $n }
node-aria = S{ $node }, { $role }, term { $term }, log to { $last }, committed { $commit }, durable { $durable }
node-aria-apart = S{ $node }, { $role }, out of the majority's reach, term { $term }, log to { $last }, committed { $commit }, durable { $durable }
node-aria-down = S{ $node }, without power, log on disk to { $durable }
link-aria-up = Link between S{ $a } and S{ $b }, up
link-aria-cut = Link between S{ $a } and S{ $b }, cut
link-aria-dead = Link between S{ $a } and S{ $b }, one end has no power
cluster-aria = A replica set of { $n } nodes
client = Client
client-every = a write every { $time }
client-off = not writing
client-limited = stopped at its limit
client-aria = Client, sending writes to S{ $route }; acknowledged { $ok }, failed { $failed }, unknown { $unknown }
side-majority = Majority side
side-majority-s = { $n } reachable, enough to elect
side-none = No side is a majority
side-none-s = at most { $n } together, { $need } needed

## Messages
msg-vote = vote?
msg-vote-yes = yes
msg-vote-no = no
msg-append = append { $a }–{ $b }
msg-append-one = append { $a }
msg-heartbeat = heartbeat
msg-ack = got it
msg-request = write
msg-response = answer
legend-committed = committed
legend-open = uncommitted
legend-durable = durable
legend-heartbeat = heartbeat
legend-append = append
legend-vote = vote
legend-request = request
legend-yes = yes
legend-region = Legend

## Instruments
inst-majority = Majority
maj-nodes = { $n } nodes, majority =
maj-reach = reachable now
maj-yes = can elect
maj-no = cannot elect
maj-bracket = majority = { $n }
maj-spare = spare { $n }
maj-missing = { $n } short
maj-aria = { $reachable } of { $nodes } reachable, { $need } needed
inst-rto = RTO · time to recover
rto-target = target < 15 s
rto-running = running
rto-none = No fault yet
rto-watching = Service not affected so far
rto-met = met
rto-missed = missed
phase-detect = Detect
phase-election = Elect
phase-replay = Replay
phase-client-retry = Client retry
phase-lease-wait = Lease wait
phase-segment-load = Segment load
phase-route-refresh = Route refresh
rg-phase-decide = Decide
rg-phase-provision = Provision
rg-phase-restore = Restore
rg-phase-rebuild = Rebuild
rg-phase-verify = Fence, verify
rg-phase-dns = DNS
inst-failed = Failed requests
failed-target = target < 10
inst-lost = RPO · what was lost
lost-n = lost
unknown-n = { $n ->
    [one] 1 outcome unknown
   *[other] { $n } outcomes unknown
 }
lost-zero = all acknowledged kept
inst-safety = Safety
safety-checked = { $n } checks
safety-broken = broken: { $detail }
vital-failed = Failed
vital-rto = RTO
vital-rpo = RPO
inv-election_safety = Election safety
inv-log_matching = Log matching
inv-leader_completeness = Leader completeness
inv-state_machine_safety = State machine safety
inv-acknowledged_kept = Acknowledged kept

## Time
transport-play = Play
transport-hold = Hold
transport-back = One event back
transport-undo = Undo the last action
timeline-seek = Timeline with { $n } marks: drag, or use the arrow keys, to go to any moment
timeline-value = { $t }; the line reaches { $end }
narration-go = Go to { $t }
lines = Lines of time
line-go = Change to line { $line }
line-from = left { $line } at { $t }
line-compare = Compare with line { $line }
line-compare-short = Compare
compare-title = { $t }: line { $a } and line { $b }
compare-same = All meters of the two lines are equal at this moment.
compare-table = Meters that differ
cause-ask = Why?
cause-ask-of = Why: { $what }
cause-path = The path of causes on the stage, with the numbers of the list
cause-cut = Earlier causes lie too far back and were not followed to the end.
cause-one-of-several = Each step names one cause, taken from the trace of this run. Others may have been needed as well, such as the other votes of an election.
cause-command = You asked for this:
cause-a-message = a message
cause-message = { $what } from { $from } to { $to } arrived, sent at { $sent }
cause-event = { $what } ({ $node })
cause-engine = the engine
cause-sync = The disk of { $node } finished a sync: what it wrote is durable
cause-timer = A timer of { $node } ran out
cause-recovery = { $node } reads its log
cause-append = { $node } writes the next batch
cause-checkpoint = { $node } writes a checkpoint
cause-index = { $node } builds an index
cause-clock = The clock of { $node } changes its speed
cause-crash-loop = { $node } is in a crash loop
cause-start = The process of { $node } starts
cause-periodic = Periodic work of { $node }, which comes by itself
cause-takeover = { $node } has read the metadata and takes over
cause-health-check = A regular health check of { $node }
cause-work = { $node } finished work that takes time
cause-lease-check = { $node } looks for expired leases regularly
cause-run-start = The run began
cause-run-client = The client sends requests at its own pace
cause-run-call-timeout = The time limit for an answer ran out
cause-run-message = A message arrived
cause-run-sync = A sync finished
cause-run-health-check = A regular health check
cause-run-runbook-step = A step of the runbook ended
cause-run-transfer = The last byte was sent
cause-run-replication = Replication goes on at its own pace
cause-run-backup = Backups follow their schedule
cause-run-periodic = Hourly routine work
because-asked = The event
because-step = because
because-message = caused by this message
because-sync = it waited for this sync
because-scheduled = it was scheduled by
because-silence = because something was missing:
because-follows = a check or a rule found:
what-if-drop = What if this message is lost?
what-if-delay = What if this timer is { $time } late?
what-if-without = What if this is not done?
cause-msg-vote = A vote request
cause-msg-vote-resp = A vote
cause-msg-append = AppendEntries
cause-msg-heartbeat = A heartbeat
cause-msg-append-resp = An answer to AppendEntries
cause-msg-prevote = A pre-vote request
cause-msg-prevote-resp = A pre-vote
cause-msg-heartbeat-resp = An answer to a heartbeat
cause-msg-snapshot = A snapshot
cause-msg-snapshot-resp = An answer to a snapshot
cause-msg-timeout-now = A request to stand for election now
cause-msg-read-index = A read-index request
cause-msg-read-index-resp = A read index
cause-msg-propose = A forwarded write
cause-msg-propose-resp = An answer to a forwarded write
cause-msg-recover = A repair request
cause-msg-recover-resp = An answer to a repair request
cause-msg-request = A client request
cause-msg-response = An answer to the client
compare-what = Meter
key-left = One event back
key-undo = Undo the last action
transport-step = One step forward
speed = Speed
speed-aria = Speed, 0.1 to 1,000 times
speed-value = { $x } times
speed-reached = in fact { $x }×
speed-waiting = disk
time-aria = Virtual time { $t }
mark-kill = kill S{ $node }
mark-restart = start S{ $node }
mark-pause = freeze S{ $node }
mark-cut = cut S{ $a }–S{ $b }
mark-heal = heal S{ $a }–S{ $b }
mark-leader = S{ $node } leads
mark-power = power cut
mark-boot = boot
mark-insert = { $n } rows
outage = down
narration = What just happened
narration-empty = Ready; your move
narration-skipped = { $n ->
    [one] 1 small event not listed
   *[other] { $n } small events not listed
 }
narration-more = Show all
narration-list = Recent events

## Events
ev-opened-first = The lab opens: { $nodes ->
    [one] 1 node with a blank disk
   *[other] { $nodes } nodes with blank disks
 }
ev-opened-again = Boot { $boot }, from the disks as they were left
ev-power-cut = All power is cut; what was not synced is gone
ev-killed = S{ $node } lost its power; what was not synced is gone
ev-killed-one = The engine lost its power; what was not synced is gone
ev-restarted = S{ $node } has power again and reads its log
ev-restarted-one = The engine has power again and reads its log
ev-paused = S{ $node } is frozen, its memory stays
ev-resumed = S{ $node } runs on
ev-link-cut = The link from S{ $from } to S{ $to } is cut
ev-link-healed = The link from S{ $from } to S{ $to } is up again
ev-wal-rotated = Log file { $file } begins at LSN { $lsn }
ev-recovery-began = Recovery begins: { $files ->
    [one] 1 log file
   *[other] { $files } log files
 }, { $bytes }
ev-torn = A torn record at the end claims { $claimed } bytes, { $found } are there; it was cut off
ev-corrupt = Log file { $file } is damaged at offset { $offset }: { $why }. It is not opened
ev-recovered = Replay done: { $records } records, { $rows } rows in { $took }
ev-recovered-unproven = Replay done: { $rows } rows, for { $unproven } of them no acknowledgement is proven
ev-recovered-node = S{ $node } has read its log: { $records } records, to LSN { $lsn }
ev-insert-began = An insert of { $rows } rows begins at id { $first }
ev-acknowledged = { $rows } rows acknowledged, { $total } in all
ev-queried = The query { $filter } returned { $rows } rows
ev-queried-all = The query returned { $rows } rows
ev-flush-began = A flush begins: { $segments } segments, { $bytes }, written as objects
ev-checkpointed = The checkpoint holds everything up to LSN { $lsn }; { $files } log files of { $bytes } went, after { $took }
ev-checkpoint-loaded = The checkpoint is read back: up to LSN { $lsn }, { $bytes }, { $rows } rows
ev-sealed = The growing segment is sealed; new rows begin another
ev-compacted = { $segments } segments became one; deleted rows take no room any more
ev-index-built = The index of segment { $segment } is built: { $rows } rows in { $took }
ev-trap-sprung = Power fails right now: { $moment }
ev-media-damaged = The medium fails: bytes of { $file } from offset { $offset } on have changed
ev-disk-full = The disk is full: a record of { $bytes } does not fit; nothing was written or acknowledged
ev-catalog = The catalogue changed: { $change }
ev-deleted = { $keys } keys deleted, durably
ev-import = { $rows } of { $total } rows imported ({ $percent } %); the position stands in the log
ev-searched = { $vectors } vectors searched, { $rows } rows found
change-create-collection = collection created
change-drop-collection = collection dropped
change-create-index = index created
change-drop-index = index dropped
change-load = collection loaded
change-release = collection released
moment-before-append = before the record is written
moment-mid-record = in the middle of a record
moment-before-fsync = after the write, before the fsync
moment-before-ack = after the fsync, before the answer
moment-during-flush = during a flush
moment-during-checkpoint = while the manifest is written
moment-during-recovery = during recovery itself
ev-election-timeout = S{ $node } heard no heartbeat for { $timeout }: election timeout
ev-campaigned = S{ $node } stands for term { $term }
ev-vote-granted = S{ $node } gives its vote of term { $term } to S{ $candidate }
ev-refused-stale = S{ $node } refuses S{ $candidate }: its term is old
ev-refused-already = S{ $node } refuses S{ $candidate }: this term's vote is given
ev-refused-behind = S{ $node } refuses S{ $candidate }: its log is older
ev-leader = S{ $node } leads term { $term } with { $votes }/{ $voters } votes
ev-stepped-down = S{ $node } follows again, term { $term }
ev-truncated = S{ $node } drops entries that conflict with the leader's, from { $from } on
ev-dropped-cut = { $from }'s { $message } to { $to } was lost on the cut link
ev-dropped-down = { $from }'s { $message } to { $to } was lost: no power there
ev-op-retry = The client tries write { $op } again at S{ $to }, attempt { $attempt }
ev-client-stopped = The client has begun { $n } operations, its limit (client_writes), and stops; switch it on to let it do as many again
ev-op-fail = Write { $op } failed and took no effect
ev-op-info = Write { $op } ended unknown: it may have taken effect or not
ev-service-lost = Service is lost: the first request failed
ev-service-restored = Service is back: RTO { $rto }, { $failed } requests failed
ev-invariant = A safety property is broken: { $name }
who-node = S{ $node }
who-client = the client

## Standalone: the log
wal-files = Log files
wal-files-s = What stands on the line is durable. { $bytes } in all, to LSN { $lsn }
wal-files-aria = { $files ->
    [one] 1 log file
   *[other] { $files } log files
 }, { $bytes } bytes, durable to LSN { $lsn }
wal-empty = No log yet. Insert the first rows and here will be bytes
wal-file-records = { $n ->
    [one] 1 record
   *[other] { $n } records
 }
wal-durable-line = durable
wal-more-files = { $n ->
    [one] 1 file before these
   *[other] { $n } files before these
 }
wal-bytes-s = every byte is real
wal-offset = offset
wal-meaning = meaning
wal-loading = Reading the log
wal-durable-at = durable to { $offset }
wal-torn = torn
wal-record = record { $lsn }
wal-nav-back = Earlier bytes
wal-nav-fwd = Later bytes
wal-nav-tail = To the end
wal-gone-title = The torn record
wal-gone = File { $file }, offset { $offset }: the header claims { $claimed } bytes, { $found } were there when the power went. It was never acknowledged; it was cut off when the log was opened, and nothing is lost by that.
wal-zoom-aria = { $n } bytes from offset { $offset }; durable to { $durable }
field-file_header = file header
field-magic = magic
field-version = version
field-length = length
field-kind = kind
field-lsn = LSN
field-durable_lsn = acked to
field-epoch = epoch
field-payload_sum = payload sum
field-header_sum = header sum
field-rows = rows
field-rows_front = belongs to
field-keys = keys
field-int64 = integers
field-double = doubles
field-bool = flags
field-varchar = texts
field-float_vector = vectors
field-delete = deleted keys
field-catalog = catalogue change
field-segments = segment change
field-manifest = manifest
field-hard_state = term and vote
field-entries = log entries
field-flags = flags
field-shape = shape
field-boot = boot
field-torn = torn

## Standalone: the rows
rows-where = Where the data is now
rows-n = { $n ->
    [one] 1 row
   *[other] { $n } rows
 }
rows-acknowledged = acknowledged
rows-acknowledged-s = durable first, then answered
rows-visible = visible
rows-visible-s = count(*)
rows-unproven = unproven
rows-unproven-s = whole, but nothing proves an acknowledgement
rows-pending = under way
rows-submitted = asked for
rows-region = Rows, counted
insert-progress = Insert
insert-idle = Nothing is being written
insert-of = / { $n } rows
insert-aria = { $done } of { $total } rows acknowledged
recovery-progress = Recovery
recovery-none = No recovery so far
recovery-bytes = { $done } of { $total } read
recovery-records = { $n ->
    [one] 1 record replayed
   *[other] { $n } records replayed
 }
recovery-took = { $time } in the engine
recovery-wall = storage { $load } ms, replay { $replay } ms
recovery-clean = The end is whole; nothing to cut off
recovery-torn = Torn end cut off: claims { $claimed } bytes, { $found } there
recovery-corrupt = Damaged before the end; not opened
power = Pull the plug
power-s = { $n } not yet durable right now
power-s-clean = Everything written is durable right now
power-aria = Pull the plug: end the worker on the spot
reopen = Power on
reopen-s = recover from the browser's storage
unplugged = No power
unplugged-last = Just before: { $acknowledged } rows acknowledged; { $pending } under way and not acknowledged.
unplugged-last-clean = Just before: { $acknowledged } rows acknowledged, none under way.
unplugged-promise = When it opens again, every acknowledged row must be there. Others may or may not be, but none will pass for acknowledged.
verdict-kept = { $before } rows were acknowledged before the cut, { $now } are found now: none is missing.
verdict-lost = { $before } rows were acknowledged before the cut, only { $now } are found now: { $n } missing.
verdict-memory = { $before } rows were acknowledged before the cut, in memory only and kept nowhere: { $now } now.
verdict-extra = { $n } more had reached the log but not their acknowledgement; they are marked unproven.
verdict-dropped = { $n } rows under way did not survive; they were never acknowledged.
proof = Four proofs
proof-run = Verify
proof-running = Checking
proof-none = Press “Verify” and let the engine count for itself
proof-count = Rows, count(*)
proof-samples = Samples, bit by bit as written
proof-samples-v = { $n } / { $of }
proof-range = id range
proof-range-v = [{ $first }, { $last }]
proof-range-gap = gaps: { $n } rows over a span of { $span }
proof-dims = Vector dimensions
proof-sample-title = Ten samples
proof-vector-title = The vector of id { $id }, { $n } dimensions
proof-vector-aria = { $n } components of the vector, from { $min } to { $max }
proof-failed = Could not check: { $error }
sample-id = id
sample-text = text
query-title = Query result
query-rows = { $filter } returned { $n } rows
store-figures = Latency and throughput
store-commit = from append to durable, measured in this browser
store-rate = { $rows } rows/s, { $mb } MB/s
store-rate-memory = { $rows } rows/s, in memory only
store-rate-none = Figures come with the first insert
store-dots = last { $n } commits, slowest { $most } ms
store-commits = { $n ->
    [one] 1 commit
   *[other] { $n } commits
 }, { $bytes }
store-note = Half of the commits take no longer than p50, 99 in 100 no longer than p99.

## A lone engine
engine-title = The path of a write
engine-note = into the log, into a segment in memory, and by a flush into an object
engine-actions = What to do to the engine
engine-off = The engine has lost power and all that was in memory; log and objects are on disk.
engine-off-s = power on, recover from checkpoint and log
path-wal = Log (WAL)
path-growing = Growing
path-sealed = Sealed
path-flushed = Objects
path-memory = in memory, rebuilt from the log
path-flushed-s = on disk, { $bytes }
path-empty = empty now
path-off = no power, memory is empty
path-off-objects = no power; read back from disk at power-on
path-no-log = no log file yet
path-more = { $n } earlier segments
path-lsn = checkpoint to LSN { $checkpoint }, durable to { $durable }
segment-n = Segment { $n }
segment-size = { $rows } rows, { $bytes }
segment-deleted = { $n } deleted
segment-indexed = indexed
import-at = Imported { $n } of { $total }, { $percent }%
import-go-on = Go on importing from { $n }
import-in = { $n } imported
import-note = Course note 1 prints 16.4 s for 100,000 documents in batches of 5,000: 6,098 a second (its example output; it names no machine).
disk-region = Disk, batch and import
disk-choose = Disk
disk-browser = this browser, as fast as it goes
disk-nvme = NVMe SSD, 3,300 MB/s
disk-ssd = SATA SSD, 530 MB/s
disk-hdd = hard disk, 120 MB/s
disk-note = as course note 1, 3 MB/s
disk-slow = slow disk, 2 MB/s
disk-own = { $mb } MB/s
disk-browser-src = Model: strict IndexedDB commits, measured at 68 MB/s; small ones take 1.0 ms.
disk-nvme-src = 3,300 MB/s: Samsung 970 EVO Plus, data sheet. 0.1 ms a sync is a model.
disk-ssd-src = 530 MB/s: Samsung 870 EVO, data sheet. 2 ms a sync: etcd’s documentation has a typical local SSD at 500 sequential writes a second.
disk-hdd-src = 20 ms a sync: etcd’s documentation has a 7,200 rpm disk at 50 sequential writes a second. 120 MB/s is a model.
disk-note-src = Course note 1 prints 16.4 s for 100,000 rows, which are 54 MB of log here: 3.3 MB/s.
disk-slow-src = Model: slow enough to be watched; several lessons use it.
disk-batch = Batch
disk-import = Import
disk-rows = { $n ->
    [one] 1 row
   *[other] { $n } rows
 }
disk-says-clock = { $mb } MB a second, and { $ms } ms more a sync. Writes keep to virtual time: change the speed, hold, or pull the plug halfway.
disk-says-free = Writes do not wait for virtual time: they go as fast as this browser can. To interrupt one by hand, choose another disk.
trap = Cut power
trap-armed = Power will fail
trap-none = never
act-flush = Flush
act-search = Search nearest 10
act-delete-hundred = Delete id < 100
act-compact = Compact
act-import-100000 = Import 100,000
act-import-n = Import { $n }
act-flip-bit = Flip a bit in the log
act-restart-engine = Power the engine on
act-crash-before-append = Cut power before the append
act-crash-mid-record = Cut power mid-record
act-crash-before-fsync = Cut power before the fsync
act-crash-before-ack = Cut power before the answer
act-crash-during-flush = Cut power during the flush
act-crash-during-checkpoint = Cut power during the checkpoint
act-crash-during-recovery = Cut power during recovery
act-measure-batches = Measure batches
act-measure-recovery = Measure recovery
act-measure-disks = Compare disks
notice-power-cut = The power failed and this was not answered: it may have been written or not. Check after power-on.
notice-compact = No segment has lost a fifth of its rows; nothing to compact.
notice-delete = There is no row with id < 100 to delete.
search-title = Search result
search-rows = the { $n } rows nearest to the vector of id { $id }, L2 distance
sample-distance = distance

## Measuring
measure-batches-title = What a batch is worth
measure-recovery-title = How long recovery takes
measure-here = measured in this browser by the wall clock; the open run is left alone
measure-running = Measuring
act-measure-stop = Stop measuring
measure-stopped = Stopped early; the figures up to now are kept.
measure-failed = Could not go on: { $error }
measure-batch = batch
measure-batch-n = { $n } a batch
measure-rows-s = rows/s
measure-rows = rows
measure-log = log
measure-read = read
measure-replay = replay
measure-index = index
measure-single = single rows
measure-mean = mean
measure-key-here = here
measure-key-milvus = Milvus 2.3.5, two cores
measure-key-note = course note 1
measure-note-source = Course note 1: the example output that the note prints. It names no machine, so it is not a bar to clear.
measure-spread = How the { $n } single-row latencies are spread
measure-spread-bin = latency
measure-spread-upto = ≤ { $ms } ms
measure-spread-over = longer, up to { $ms } ms
measure-spread-n = writes
measure-spread-part = share
measure-disks-title = What another disk changes
measure-disks-here = reckoned in virtual time, by the model; one client that waits for each batch
measure-disks-disk = disk
measure-disks-single = one row
measure-disks-batch = { $n } a batch
measure-disks-say = One row at a time, the SATA SSD is { $single }× as fast as the hard disk; in batches of 5,000, { $batch }×. A batch shares one sync, so batching helps most where a sync is dear.
measure-disks-note = The figures of course note 1 are its example output in rows a second; its advice “use an SSD for the log” is what the first column shows.
measure-batches-say = Batches of 1,000 rows are { $x }× as fast as batches of 100: one fsync is shared by more rows.
measure-single-say = { $n } single rows, each waiting for its answer: { $ms } ms on average, nearly all of it waiting for the disk.
measure-source = For comparison: Milvus 2.3.5 standalone on a two-core machine, measured by the course (medians for batches). Machines differ: compare shapes, not heights.
measure-recovery-say = { $n } rows were read and replayed in { $ms } ms, { $rate } a second; the longer the log, the longer the recovery. Indexes are rebuilt apart.
measure-recovery-milvus = For comparison: Milvus 2.3.5 standalone, measured by the course, is back 34.7–38.6 s after kill -9, however much data there is: it waits for etcd's session to expire (session.ttl 30 s).

## Backups
backup-title = Backup
backup = Download a backup
backup-note = One file with all logs, segments and manifests of the disk. To restore one, you can also drop it on the page.
restore = Restore a backup
restore-checking = Opening this backup in memory
restore-bad = The backup cannot be read; nothing was changed.
restore-bad-at = The backup cannot be read at offset { $offset }; nothing was changed.
restore-corrupt = Log file { $file } in the backup, counted from 0, is damaged at offset { $offset }; nothing was changed.
restore-ask = It opens: { $n } rows. Restoring it replaces what this run has now.
restore-torn = The torn record at its end will be cut off.
restore-yes = Replace
restore-no = Keep what is there

## Storage
kept-title = Where the data is kept
kept-on = In the browser
kept-off = In memory
kept-on-s = IndexedDB (strict) has a write before it is acknowledged. It survives a pulled plug and a closed page; slower.
kept-off-s = As fast as it goes. Close the page and the data is gone.
kept-change = Switching reopens the lab; what the browser has stored is not changed.
erase = Erase storage
erase-ask = What this lab has stored will be gone for good.
erase-yes = Erase it
erase-no = Keep it
storage-durable = Data is kept in the browser
storage-memory = Data is in memory only
storage-unknown = Finding out where data can be kept

## Banners
banner-region = Notices
banner-memory-title = Data is in memory only
banner-memory = As you chose. Close the page or pull the plug and it is gone.
banner-texts-title = What this needs could not be fetched
banner-texts = The page stays as it was, and what runs goes on. Check the connection and try again.
banner-texts-retry = Try again
banner-missing-title = This browser has no IndexedDB
banner-missing = There is nowhere to keep data; it is in memory only and goes with the page. Use another browser, or leave the restricted mode.
banner-denied-title = The browser denies storage
banner-denied = In private windows and third-party frames storage may be denied; data is in memory only. Open the lab in a tab of its own and it can be kept.
banner-full-title = Storage is full
banner-full = What was acknowledged before is safe; writes from now on are in memory only and not durable. Erase this lab's data, or free some space.
banner-failed-title = Storage cannot be written
banner-failed = What was acknowledged before is safe; writes from now on are in memory only and not durable. Open again to retry.
banner-other-tab-title = Another tab writes this data
banner-other-tab = One writer at a time. What runs here is in memory only and does not touch the other.
banner-taken-over-title = Another tab has taken over
banner-taken-over = What was acknowledged before is safe; writes made here since are in memory only.
banner-take-over = Take over
banner-newer-title = Data of a newer version is stored
banner-newer = A newer version wrote it, and it was left alone. Open it with that version; what runs here is in memory only.
banner-panicked-title = The engine stopped with an error
banner-panicked = Stored data stands at the last commit, undamaged. Opening again recovers from there. The error: { $message }
banner-refused-title = This data cannot be opened
banner-refused = { $error } The data was left as it is.
banner-reopen = Open again
banner-denied-open = Open in a new tab
notice-refused = Not done: { $error }

## Units
unit-bytes = { $n } B
unit-kb = { $n } KB
unit-mb = { $n } MB

## Command line
cli-swarm = { $seeds ->
    [one] { $seeds } seed
   *[other] { $seeds } seeds
 }, { $events ->
    [one] { $events } event
   *[other] { $events } events
 }, { $seconds } s of virtual time, { $operations ->
    [one] { $operations } operation judged
   *[other] { $operations } operations judged
 }: { $violations ->
    [one] { $violations } violation
   *[other] { $violations } violations
 }
cli-help = How a distributed vector database survives failures, without the page
cli-h-usage = Usage: { $usage }
cli-h-part = { $heading }:
cli-h-commands = Commands
cli-h-command = COMMAND
cli-h-words = Words
cli-h-options = Options
cli-h-some-options = [OPTIONS]
cli-h-examples = Examples
cli-h-rules = Rules of the world { $world }
cli-h-inside = Each of these commands has a help of its own: put --help behind it.
cli-h-status =
    Exit status: 0 all well; 1 a target missed, a lesson with problems, a history that is not linearizable or an
    invariant broken; 2 unusable input; 3 an output or a folder that cannot be written; 130 ended by Ctrl-C.
    Ctrl-C prints what is done so far, marked as partial. Press it again to end at once.
cli-on-drill = Plays faults that are known beforehand, and measures what they cost
cli-on-drill-notes = Plays whatever the course notes have figures of, and prints theirs and ours side by side
cli-on-load = Measures searches a second with one, three and five replicas, and what copies of the log cost a write
cli-on-dr = Disaster recovery by arithmetic: plans, and the full copy of course note 4
cli-on-dr-plan = Prints the tables and commands of notes 4 and 5 for these settings: classes, RPO, cost, cron, milvus-backup
cli-on-dr-copy = Runs the full copy of course note 4, round by round: duplicates, ghosts, skipped rows
cli-on-swarm = Runs many seeds of faults against the invariants
cli-on-lessons = Checks, lists and begins lessons
cli-on-lessons-check = Plays lessons: every solution must pass and no wrong one; a line of JSON each
cli-on-lessons-list = Lists the lessons that are built in
cli-on-lessons-words = Lists the events and fields that goals can name
cli-on-lessons-new = Begins a lesson in the folder lessons/
cli-on-lessons-bundle = Joins a lesson's folder into one file and prints it
cli-on-engine = The vector database by itself: a line of JSON in, a line of JSON out
cli-on-raft = A Raft group in your hand: a line of JSON in, a line of JSON out; nothing happens that no line asked for
cli-on-check-history = Judges whether a history of clients' operations is linearizable, and if not, why
cli-on-completions = Prints what a shell reads to complete this command line
cli-on-man = Prints a manual page
cli-on-help = Prints the help of a command
cli-a-scenario = which drill; --list names them all
cli-a-lessons = a lesson's folder or file, or a folder of lessons; the built-in ones if left out
cli-a-new = two digits and a name in lower case, such as 30-my-lesson
cli-a-bundle = the lesson's folder, with lesson.toml, zh.md and en.md
cli-a-history = the history, a line of JSON an operation; read from the input if left out
cli-a-shell = bash, zsh or fish
cli-a-command = the command, word by word; the whole program if left out
cli-o-seed = the seed; of several runs, run k uses it plus k
cli-o-runs = how many runs (1)
cli-o-seeds = the seeds from A on, B not included (0..100)
cli-o-events = events of each run before everything is mended (10,000)
cli-o-world = the world to search: cluster, standalone, milvus, regions (cluster)
cli-o-rules = lists the rules of the world that can be switched off, and what each prevents
cli-o-break = switches one rule off, until something breaks
cli-o-set = changes a setting; again for another one, and of two for the same setting the later counts
cli-o-preset = several settings at once: course, milvus or note-world
cli-o-config = a dr_config.yaml as course note 5 writes it (dr-…)
cli-o-runbook =
    the steps after a disaster (dr-…): a file with one step per line, or
    course, careful, restore, switchover, forced
cli-o-test = a test of course note 2 under its name: coordinator, worker, concurrent, partition or all
cli-o-rows = how many rows there are
cli-o-rounds = how many rounds are copied
cli-o-list = lists the drills
cli-o-settings = lists what --set can change, with defaults and sources
cli-o-trend = compares the reports of a folder, and what changed from one to the next
cli-o-save = keeps the report in a folder as well
cli-o-label = what the report is kept as, such as 2026-11 (the next number)
cli-o-html = saves the report as a page to print
cli-o-trace = writes every event of the first run, a line of JSON each
cli-o-csv = a table, a line a run
cli-o-json = JSON instead of sentences
cli-o-dir = keeps the files on a real disk, in this folder
cli-o-jobs = how many threads share the work (as many as there are cores); the results do not depend on it
cli-o-lang = the language of what is printed (zh)
cli-o-help = prints this help
cli-o-version = prints the version
cli-e-first = the leader of a replica set is killed; what that costs, in English
cli-e-drill-list = every drill by name
cli-e-drill-settings = what can be set, with defaults and sources
cli-e-drill-runs = all seven failovers a thousand times, on four threads
cli-e-drill-set = one run with a slower health check, as JSON, and every event of it in a file
cli-e-drill-html = the loss of a zone against Milvus's own targets, as a page to print
cli-e-drill-test = the coordinator test of course note 2
cli-e-drill-config = the drill of a disaster with the settings of a file
cli-e-drill-runbook = a runbook against surprises, a thousand times
cli-e-drill-save = this month's report is kept
cli-e-drill-trend = what changed from month to month
cli-e-notes = twenty runs of each
cli-e-load = every case as the course has it
cli-e-load-set = with another way to route searches, as JSON
cli-e-plan = for the settings of a file
cli-e-plan-world = for the world of the notes, as JSON
cli-e-copy = one round over as many rows as the note has
cli-e-swarm = these seeds with all rules on
cli-e-swarm-break = the first of a thousand seeds in which reads by lease go wrong without this rule
cli-e-swarm-jobs = shorter runs, on two threads
cli-e-swarm-world = the same search in a Milvus cluster
cli-e-swarm-rules = the rules of two regions, for a program
cli-e-check = the built-in lessons
cli-e-check-path = a lesson of your own
cli-e-lessons-list = their names in English
cli-e-words = what goals can be made of
cli-e-new = makes lessons/30-my-lesson
cli-e-bundle = as a lesson is shared
cli-e-engine = in memory
cli-e-engine-dir = on real files; every write is answered when it is synced
cli-e-raft = docs/command-line.md has the lines
cli-e-history = a history in a file
cli-e-history-lines = a history from another program
cli-e-bash = put it into ~/.local/share/bash-completion/completions, without the ending
cli-e-zsh = put it into a folder of fpath
cli-e-fish = put it into ~/.config/fish/completions
cli-e-man = put it into a folder man1 of MANPATH
cli-e-man-drill = reads the page of a command at once
cli-e-help = the same as --help behind the command
cli-man-name = NAME
cli-man-synopsis = SYNOPSIS
cli-man-description = DESCRIPTION
cli-man-version = VERSION
cli-man-manual = Quorum Lab
cli-progress-runs = runs
cli-progress-seeds = seeds
cli-progress-cases = cases
cli-progress-lessons = lessons
cli-progress-shrinking = shortening what was found
cli-progress-rate = { $rate }/s
cli-progress-left = { $time } left
cli-partial-none = Ended by Ctrl-C before anything was done ({ $of ->
    [one] 1 was asked for
   *[other] { $of } were asked for
 }).
cli-partial-seeds = PARTIAL, ended by Ctrl-C: only { $done } of { $of } seeds, namely { $ranges } (the end not included)
cli-partial-runs = PARTIAL, ended by Ctrl-C: only { $done } of { $of } runs, namely { $ranges } (from 0, the end not included). No file was written.
cli-partial-lessons = PARTIAL, ended by Ctrl-C: only { $done } of { $of } lessons
cli-partial-cases = PARTIAL, ended by Ctrl-C: only { $done } of { $of } cases
cli-partial-shrinking = Ended by Ctrl-C while the schedule was being shortened: all { $done } seeds are in ({ $ranges }), but it may not be the shortest.
cli-note-unused = { $option } changes nothing in { $command }, and is passed over
cli-bad-nothing = nothing to do; see quorum-lab --help
cli-bad-no-scenario = which drill? quorum-lab drill --list names them all; see quorum-lab drill --help
cli-bad-command = there is no command “{ $word }” in { $command }
cli-bad-option = { $command } has no option { $option }
cli-bad-word = “{ $word }” is one word too many for { $command }
cli-bad-no-value = { $option } needs a value
cli-bad-choice = { $option } takes one of { $names }, not “{ $value }”
cli-bad-number = { $option } takes a whole number from 0 to 18446744073709551615, not “{ $value }”
cli-bad-jobs = { $option } takes 1 to { $most } threads, not “{ $value }”
cli-bad-setting = { $option } takes NAME=NUMBER, not “{ $value }”
cli-bad-range = { $option } takes FIRST..END with something between them, such as 0..200, not “{ $value }”
cli-bad-value = { $option } cannot be “{ $value }”
cli-bad-missing = { $command } needs { $missing }
cli-bad-incomplete = { $command } needs one of its commands
cli-bad-values = { $option } has a value too many or too few (“{ $value }”)
cli-bad-conflict = { $option } does not go with what else was typed
cli-bad-utf8 = a word or a value is not UTF-8
cli-bad-other = this command line is not understood
cli-bad-meant = ; did you mean { $name }?
cli-bad-more = ; see { $command } --help
cli-bad-more-too = { $near } See { $command } --help
cli-bad-names = ; there are { $names }
cli-bad-names-too = { $near } There are { $names }
cli-bad-json-csv = --json and --csv exclude each other
cli-bad-label = --label takes up to { $most } letters, digits, dots and dashes, such as 2026-11, not “{ $value }”
cli-bad-scenario = there is no scenario “{ $word }”
cli-bad-setting-name = there is no setting “{ $word }”
cli-bad-rule = there is no rule “{ $word }”
cli-bad-preset = there is no preset “{ $word }”
drill-title = Drill { $scenario }, { $runs ->
        [one] { $runs } run
       *[other] { $runs } runs
    }
drill-seed = seed { $seed } · digest { $digest }
drill-queries = { $total } requests: { $ok } ok, { $failed } failed, success rate { $rate } %
drill-latency = latency: p50 { $p50 } ms, p95 { $p95 } ms, p99 { $p99 } ms
drill-no-outage = no request failed: service was never lost
drill-no-return = service did not come back
drill-rto = RTO { $ms } ms, of which
drill-rpo = { $lost ->
        [one] { $lost } acknowledged write
       *[other] { $lost } acknowledged writes
    } lost (of { $acknowledged } acknowledged)
drill-target-met = met: { $name } = { $value } (limit { $limit })
drill-target-missed = missed: { $name } = { $value } (limit { $limit })
drill-runs-met = { $met } of { $runs } runs met every target
drill-rto-spread = RTO (ms): { $figures }
drill-phase-detect = detection
drill-phase-election = election
drill-phase-replay = replay
drill-phase-client-retry = client retry
drill-name-leader = Kill the leader
drill-name-coordinator = Coordinator failover
drill-name-proxy = Proxy failover
drill-name-querynode = Query node failover
drill-name-datanode = Data node failover
drill-name-concurrent = Concurrent failures
drill-name-partition = Network partition
drill-name-zone = Loss of a zone
drill-name-all = All suites
drill-target-rto = RTO
drill-target-failed = failed requests
drill-target-success = success rate
drill-target-lost = acknowledged writes lost
drill-availability = availability { $availability }, { $nines } nines; scaled to a year { $time } of downtime (the course's way: as if every window of this length had such a failure)
drill-by-failures = reckoned the other way: { $failures ->
        [one] { $failures } failure
       *[other] { $failures } failures
    } a month × mean RTO = { $minutes } minutes of downtime a month
drill-by-failures-none = in some run service did not come back, so failures a month × mean RTO cannot be reckoned
drill-suite-line = { $name }: { $met } / { $runs } met, { $failed } failed, { $lost } lost, RTO median { $median } ms, max { $max } ms
drill-lost-write = write { $id }: { $died }
drill-more-lost = … and { $n } more
drill-page-title = Failover drill report
drill-page-what = { $name } ({ $scenario }), { $runs ->
        [one] { $runs } run, seed
       *[other] { $runs } runs, seeds
    } { $seeds }
drill-page-defaults = All settings are the defaults
drill-page-set = Settings changed: { $set }
drill-page-targets = Targets
drill-page-suites = Suites
drill-page-rto = RTO: from the fault to the first success once service is back
drill-page-histogram = Distribution of the RTO
drill-page-availability = Availability
drill-page-losses = Data
drill-page-runs = Runs
drill-page-only-missed = There are many runs; listed are those that missed a target.
drill-page-more = { $n } more are not listed.
drill-page-met = met
drill-page-missed = missed
drill-page-missed-in = missed in { $n ->
        [one] { $n } run
       *[other] { $n } runs
    }
drill-page-foot = Run by Quorum Lab in virtual time: the same seed with the same settings gives the same report every time.
drill-col-target = Target
drill-col-bound = Asked
drill-col-value = Result
drill-col-outcome = Outcome
drill-col-suite = Suite
drill-col-met = Met
drill-col-success = Success
drill-col-failed = Failed
drill-col-lost = Lost
drill-col-rto = RTO
drill-col-rto-median = RTO median
drill-col-rto-p99 = RTO p99
drill-col-rto-max = RTO max
drill-col-mean = Mean
drill-col-median = Median
drill-col-min = Min
drill-col-max = Max
drill-col-p95 = p95
drill-col-p99 = p99
drill-col-seed = Seed
drill-col-phases = Phases
drill-col-write = Write
drill-col-died = How it was lost
drill-name-dr-backup = Backups
drill-name-dr-backup-course = Backups, as the course reckons
drill-name-dr-backup-truth = Backups, with indexes and DNS
drill-name-dr-backup-damaged = Backups, the newest one damaged
drill-name-dr-replication = Replication
drill-name-dr-replication-real-time = Replication in real time
drill-name-dr-replication-near = Replication in near real time
drill-name-dr-replication-periodic = Periodic replication
drill-name-dr-replication-counts = Replication by count and offset
drill-name-dr-switchover = Planned switchover
drill-name-dr-failover = Forced failover
drill-name-dr-drill = Disaster drill
drill-name-dr-runbook = Your runbook
drill-name-dr-knowledge-base = The knowledge base
drill-name-dr-month = A month
drill-name-dr-all = All disaster drills
drill-target-rpo = RPO
drill-target-serving = Served at the end
drill-disaster-power = the primary region lost its power
drill-disaster-wiped = the primary region is gone with all it held
drill-disaster-isolated = the primary region was cut off and lives on
drill-disaster-planned = none: a planned switch
drill-struck = disaster: { $what }
drill-surprise-felt = surprise: { $what }
drill-surprise-unfelt = surprise, not felt: { $what }
drill-remedy = what to do: { $what }
drill-surprise-damaged-backup = the newest backup is damaged
drill-surprise-half-backup = the newest backup was never finished and says that it was
drill-surprise-wrong-step = the runbook is out of date: it points the name to a host that is gone
drill-surprise-slow-restore = reading from the bucket takes eight times as long
drill-surprise-missing-collection = a collection was never added to backup and shipping
drill-surprise-nobody-on-call = nobody on call answers for eight hours
drill-do-damaged-backup = read every backup back after it was made (backup_verify=1), and restore with “restore good”, which tries the one before
drill-do-half-backup = verify backups (backup_verify=1), and restore with “restore good”, which tries the one before
drill-do-wrong-step = go through the runbook after every change of hosts, and end it with “check service”, which asks by name as a client does
drill-do-slow-restore = time a restore in every drill; where it takes too long, keep a standby that follows (sync_mode=1) instead of restoring
drill-do-missing-collection = take the list of collections from the cluster and not from a file, and compare contents with “verify digest”
drill-do-nobody-on-call = a second person on call and a page that goes on to the next, or a switch that needs nobody (auto_switch=1 and a runbook without “page”)
drill-step = { $stage } { $name } · { $step }: { $took }, { $outcome }
drill-step-ok = done
drill-stage-1 = Disaster
drill-stage-2 = Detect
drill-stage-3 = Start the recovery
drill-stage-4 = Restore data
drill-stage-5 = Verify
drill-stage-6 = Switch traffic
drill-why-standby-down = failed: the standby does not answer; see to its cluster first
drill-why-standby-not-started = failed: the standby was not started; put “start standby” before this step
drill-why-backup-damaged = failed: the backup is damaged; take “restore good”, and verify backups
drill-why-backup-half = failed: the backup was never finished; take “restore good”, and verify backups
drill-why-no-backup = failed: there is no backup to restore; see whether backups are made
drill-why-collection-missing = failed: a collection is missing; check which collections backup and shipping cover
drill-why-count-differs = failed: the counts of rows differ; find out what is missing before traffic is switched
drill-why-digest-differs = failed: the contents differ though counts may agree; find out what differs before traffic is switched
drill-why-nothing-to-compare = failed: nothing is known of the primary to compare with; leave the step out after a loss, or have digests noted beforehand
drill-why-primary-gone = failed: the primary is gone, so it can be neither drained nor caught up with; use a forced failover
drill-why-wrong-host = failed: the name points to a host that is gone; correct the runbook
drill-why-not-answering = failed: the service does not answer under its name; see whether the standby was promoted and the name changed
drill-why-not-promoted = failed: the standby refuses writes; put “promote” before this step
drill-why-timeout = failed: it took too long; see what it waited for
drill-why-unfinished = not finished when the watch ended; see what it waited for
drill-why-not-detected = never noticed; see how health is checked
drill-died-not-shipped = in the primary's log, not shipped
drill-died-in-backlog = in the backlog of the link
drill-died-in-flight = on the way to the standby
drill-died-after-last-backup = written after the last backup that could be restored
drill-died-skipped-by-sync = missed by the comparison of counts (a delete, an update or a row out of order)
drill-died-skipped-by-checkpoint = the shipper's checkpoint had run ahead of what was applied
drill-died-not-in-backup = in a collection that the backup does not hold
drill-died-collection-left-out = in a collection that shipping did not cover
drill-died-discarded = given up at the fail-back
drill-died-deleted-by-mistake = deleted by mistake
drill-dr-rto = RTO { $took }, of which
drill-dr-rpo = RPO { $rpo }: { $lost ->
        [one] { $lost } acknowledged write
       *[other] { $lost } acknowledged writes
    } lost (of { $acknowledged } acknowledged)
drill-dr-log = The drill's log, in the course's six steps:
drill-dr-cost = a month of it costs { $cost }
drill-dr-rto-spread = RTO: { $figures }
drill-dr-suite-line = { $name }: { $met } / { $runs } met, { $lost } lost, RTO median { $median }, RPO at worst { $rpo }, { $cost } a month
drill-survival = survived: { $survived } of { $runs } disasters ({ $rate }); RTO p50 { $p50 }, p95 { $p95 }; worst RPO { $rpo }; { $cost } a month on average
drill-page-title-dr = Disaster recovery drill report
drill-page-rto-dr = RTO: from the disaster until every client that failed has a write acknowledged again
drill-page-survival = Survival
drill-page-log = Log
drill-col-stage = The course's step
drill-col-step = Step
drill-col-took = Took
drill-col-rpo = RPO
drill-col-cost = Cost a month
drill-col-disaster = Disaster
drill-col-surprise = Surprise

## Refusals. The key without `refused-`, with underscores, is the code that programs see.
refused-nothing-open = Nothing is open.
refused-unplugged = The plug was pulled, so this has no answer; after reopening, check whether it took effect.
refused-reopened = The run was opened again, so this has no answer; check whether it took effect.
refused-panicked = The engine failed, so this has no answer; after reopening, check whether it took effect.
refused-no-worker = The engine’s worker does not run; what was under way has no answer. Open again.
refused-unknown-lesson = There is no such lesson.
refused-no-program = The program could not be fetched: check the connection and try again.
refused-no-texts = The texts could not be fetched: check the connection and try again.
refused-unknown-op = There is no such operation.
refused-bad-arguments = The arguments cannot be read.
refused-too-large = That is more than the lab takes at once.
refused-not-sent = This could not be sent to the engine.
refused-lesson-address = { $what } is no address that lessons are fetched from: it has to begin with https://.
refused-lesson-unfetched = { $what } could not be fetched. Its host may not let other pages read it (CORS): download it and open the file instead.
refused-lesson-large = { $what } is too large: a lesson has at most { $kib } KiB.
refused-lesson-slow = { $what } did not arrive within { $s } seconds. Try again, or download it and open the file.
refused-lesson-stopped = { $what } was not fetched: it was stopped.
refused-lesson-no-text = { $what } is no text.
err-nothing-to-undo = Nothing was done before this moment, so there is nothing to undo
err-no-such-event = No such event happened up to now, or it is too long ago to be explained
err-no-such-moment = This line has no such moment. Ask for the causes again
err-no-such-message = There is no such message in transit now
err-goals-met = Every goal of this lesson is met already.
err-no-such-line = There is no such line of time
err-world-not-loaded = The code of this world is not here: { $detail }
err-program-incomplete = A part of the program ({ $detail }) could not be fetched. Check the connection and try again; the site’s operator has to upload every file of the folder dist.
refused-store-damaged = Log file { $file } of S{ $node } has a gap at offset { $offset }.
refused-store-unreadable = The store cannot be read ({ $why }).
refused-wal-corrupt = Log file { $file } is damaged at offset { $offset }: { $why }.

## More tools
tool-more = More
more-pick = Pick a node to reach its disk, or to let it stand or lead.
tool-campaign = Stand now
tool-transfer = Take over
tool-damage = Damage disk
tool-wipe = Empty disk
weather-title = Network
weather-calm = Calm network
weather-loss = Lose 10%
weather-duplicate = Repeat 10%
weather-reorder = Reorder 10%
role-learner = Learner · no vote
role-impaired = Repair · no vote
short-learner = learner
short-impaired = repair
badge-impaired = Being repaired, does not vote: it may have forgotten a promise
maj-joint = Joint configuration: a majority of the old { $old } and one of the new { $new } are both needed.

## More messages
msg-prevote = pre-vote?
msg-append-no = does not fit
msg-heartbeat-resp = heard
msg-snapshot = snapshot
msg-timeout-now = stand now
msg-read-index = read index?
msg-read-index-resp = read index
msg-propose = forwarded write
msg-recover = repair?
msg-recover-resp = repair answer

## More events
ev-clogged = The link from S{ $from } to S{ $to } is clogged for { $time }
ev-weather-calm = The network is calm again
ev-weather = Bad network: { $loss } lost, { $duplicate } repeated, { $reorder } reordered
ev-disk-lost = Everything on S{ $node }'s disk is gone; it gets an empty one
ev-disk-fault = S{ $node }'s disk: { $fault }
fault-bit_flip = a bit has flipped
fault-zero = a part reads as zeros
fault-stale = a write never happened
fault-misdirect = a write landed in the wrong place
fault-lie = fsync lies from now on, nothing becomes durable
fault-honest = fsync is honest again
fault-slow = slow
fault-full = full, nothing more becomes durable
fault-gone = out of reach
fault-fine = works as usual again
ev-clock-right = S{ $node }'s clock is right again
ev-clock = S{ $node }'s clock drifts by { $drift } and jumps by { $jump }
ev-rule-on = The rule “{ $rule }” is on
ev-rule-off = The rule “{ $rule }” is off
ev-budget = More was destroyed than any protocol can recover. What is missing from here on is lost, not broken
ev-refused-alive = S{ $node } refuses S{ $candidate }: it has just heard a leader
ev-refused-impaired = S{ $node } refuses S{ $candidate }: it is being repaired and does not vote
ev-dropped-lost = { $message } from { $from } to { $to } is lost on the way
ev-precampaigned = S{ $node } holds a pre-vote: would it win term { $term }?
ev-lost-quorum = S{ $node } hears no majority and stops leading term { $term }
ev-snapshot-taken = S{ $node } takes a snapshot up to entry { $index }
ev-snapshot-installed = S{ $node } installs the leader's snapshot up to entry { $index }
ev-conf = Membership change in force (S{ $node }): { $voters } vote
ev-conf-learners = Membership change in force (S{ $node }): { $voters } vote, { $learners } learn
ev-conf-joint = Joint configuration (S{ $node }): a majority of the old { $outgoing } and of the new { $voters }
ev-transfer = S{ $node } hands leadership over to S{ $to }
ev-repair-began = S{ $node } has lost part of its log, begins repair and does not vote
ev-repair-ended = S{ $node } is whole again up to entry { $index } and votes

## Invariants: a short name, then a sentence
safety-n-broken = { $n ->
    [one] { $n } invariant broken
   *[other] { $n } invariants broken
}
safety-excused = More was destroyed than any protocol can recover. What is missing from here on is lost, not broken.
banner-invariant-title = Invariant broken: { $name }.
banner-invariant-more = { $detail }; and { $n } more
banner-invariant-show = See the list
inv-leader_append_only = Leader appends only
inv-committed_durable = Committed is durable
inv-committed_agree = Commits agree
inv-states_equal = States equal
inv-hard_state_monotonic = Term and vote kept
inv-one_membership_change = One change at a time
inv-replay_exact_prefix = Replay is exact
inv-linearizable = Linearizable
inv-leader_hears_quorum = Leader hears majority
inv-acknowledged_durable = Acknowledged by majority
inv-log_agrees = Log agrees
inv-ticks_by_certain_leader = Ticks by a certain leader
inv-tick_complete = Ticks are complete
inv-stream_without_gaps = No gaps in the stream
inv-void_rows_hidden = Void rows stay hidden
inv-guarantee_time = Guarantee timestamp
inv-guarantee_visible = Guarantee is kept
inv-row_once = Each row once
inv-expired_gone = Expired rows are gone
inv-released_after_served = Loaded before released
inv-memory_bounded = Memory is bounded
inv-segment_complete = Segments are complete
inv-segment_immutable = Segments never change
inv-checkpoint_flushed = Checkpoint after flush
inv-one_acting = One acts
inv-epochs_monotonic = Epochs only rise
inv-lease_belief = Nobody outlives its lease
inv-lease_store_majority = Leases by the leader
inv-placed_on_session = Placed on the living
inv-only_living_send = Only the living send
inv-growing_is_read = Growing rows were read
inv-delegator_owns_log = The delegator owns the log
inv-acknowledged_held = Log stores keep what counts
inv-fenced_writer_silent = A fenced writer is silent
inv-positions_without_gaps = Positions without gaps
inv-snapshot_exact = A snapshot is exact
inv-snapshot_pinned = Snapshots keep their segments
inv-restore_exact = A restore is exact
inv-import_atomic = All of a job or nothing
inv-import_exact = An import is exact
inv-progress = A majority gets on
invariant-election_safety = At most one leader is elected in a term.
invariant-log_matching = Where two logs hold the same term at an index, they are the same up to there.
invariant-leader_completeness = What is committed is in the log of every later leader.
invariant-state_machine_safety = At one index all nodes apply the same entry.
invariant-leader_append_only = A leader never overwrites or removes its own entries.
invariant-committed_durable = When an entry counts as committed, a majority's disks hold it.
invariant-committed_agree = At one index all nodes take the same entry for committed.
invariant-states_equal = Behind the same index all nodes are in the same state.
invariant-hard_state_monotonic = Term, vote and commit index never go back and are never forgotten.
invariant-one_membership_change = No membership change begins before the last one is in force.
invariant-replay_exact_prefix = What a restart reads back is exactly a prefix of what was written.
invariant-acknowledged_kept = What was acknowledged to the client never disappears.
invariant-linearizable = All that clients saw fits one order that respects time.
invariant-leader_hears_quorum = A leader that hears no majority steps down in time.
invariant-acknowledged_durable = When the log acknowledges a record, a majority of its replicas has it on disk.
invariant-log_agrees = All replicas of the log apply the same record at the same position.
invariant-ticks_by_certain_leader = Only a leader that cannot have been deposed vouches for a tick.
invariant-tick_complete = A reader that takes a tick has every record acknowledged before it.
invariant-stream_without_gaps = A reader gets every record from its position on, or has it in a segment.
invariant-void_rows_hidden = Every reader judges alike which records a fence makes void.
invariant-guarantee_time = A search gets the guarantee of its consistency level, and waits for it.
invariant-guarantee_visible = A search finds every row acknowledged before its guarantee timestamp.
invariant-row_once = No row is returned twice by one search.
invariant-expired_gone = A row older than the TTL is not returned.
invariant-released_after_served = Growing rows are released only after a sealed segment with them was served.
invariant-memory_bounded = Growing rows that are served from sealed segments are released soon.
invariant-segment_complete = A flushed segment has every valid row of its part of the log.
invariant-segment_immutable = A sealed segment keeps the rows with which it was written.
invariant-checkpoint_flushed = A segment is recorded only when the object store has it.
invariant-one_acting = No two pods act for the same role at the same time.
invariant-epochs_monotonic = A pod that begins to act does so under a higher epoch than all before.
invariant-lease_belief = When the store ends a lease, its holder no longer believes in it.
invariant-lease_store_majority = Only the store's leader of the newest term renews leases.
invariant-placed_on_session = Segments are placed only on nodes whose session the coordinator knows.
invariant-only_living_send = A process that is paused or gone sends nothing.
invariant-growing_is_read = A delegator answers from exactly the growing rows that it has read from the log.
invariant-delegator_owns_log = A delegator in a streaming node answers only while that node owns the log.
invariant-acknowledged_held = Log stores give up an acknowledged entry only when the object store has it.
invariant-fenced_writer_silent = Once a later writer has begun, a former one acknowledges nothing.
invariant-positions_without_gaps = The writer acknowledges entries one after the other, without a gap.
invariant-snapshot_exact = A snapshot holds what was flushed at its moment, all of it and nothing else.
invariant-snapshot_pinned = No segment is collected while a snapshot refers to it.
invariant-restore_exact = A restore that has ended holds the rows of its snapshot, all of them and no others.
invariant-import_atomic = A search sees all segments of an import or a restore, or none, and none before it has ended.
invariant-import_exact = An import that has ended holds each of its rows once.
invariant-progress = Where a majority runs and hears itself, there is soon a leader, and writes are answered.

## Rules
rules-title = The rules of Raft
rules-all-on = all { $n } on
rules-off = { $n } off
rules-lead = Every rule has its reason. Switch one off and see which invariant falls.
rules-on = All on
rule-is-off = off
rule-breaks = Without it, “{ $invariant }” falls: { $sentence }
rule-vote_once = One vote a term
why-vote_once = With two votes from one node, two candidates can both win the same term.
rule-persist_vote = Votes are durable first
why-persist_vote = A vote kept in memory is forgotten by a restart, and given again in the same term.
rule-log_up_to_date = Vote only for a log as new as yours
why-log_up_to_date = A node that wins with an old log overwrites what was committed.
rule-strict_majority = A majority is more than half
why-strict_majority = If half were enough, both halves could elect a leader.
rule-commit_current_term_only = Count copies of your own term only
why-commit_current_term_only = An entry of an older term can be overwritten even when most nodes hold it; only an entry of the own term makes it safe.
rule-append_consistency_check = Append only where it fits
why-append_consistency_check = Without a look at the entry before, logs get gaps and forks.
rule-truncate_only_on_conflict = Cut only on conflict
why-truncate_only_on_conflict = A late, old append would make a follower cut entries that it has confirmed.
rule-step_down_on_higher_term = A higher term ends yours
why-step_down_on_higher_term = A leader that stays on leads in a term that elected another.
rule-fence_deposed_leader = Refuse a deposed leader
why-fence_deposed_leader = Entries of an old term would overwrite what the new leader has committed.
rule-commit_bounded_by_match = Commit only what was compared
why-commit_bounded_by_match = A follower's own tail may differ from the leader's. If the commit index covers this tail, the follower applies another entry.
rule-check_quorum = No majority heard, no leader
why-check_quorum = A leader that is cut off does not know that it is out of date, and keeps its clients waiting.
rule-randomised_timeouts = Random election timeouts
why-randomised_timeouts = If all time out together, all stand together and votes split, round after round.
rule-read_index_quorum = Confirm leadership before a read
why-read_index_quorum = A leader out of date would read old values.
rule-read_after_own_commit = Commit first, then read
why-read_after_own_commit = A new leader does not know yet what is committed and would miss acknowledged writes.
rule-lease_bounded = A lease ends before an election
why-lease_bounded = With a longer lease, or with clock drift ignored, a leader reads on after another was elected.
rule-one_conf_change = One membership change at a time
why-one_conf_change = Two changes at once can make majorities that share no node.
rule-persist_before_answering = Durable before promised
why-persist_before_answering = A promise made before the fsync is gone with the power.
rule-fsync_before_ack = Durable means fsync has ended
why-fsync_before_ack = What is only in the system's cache does not survive a power cut.
rule-checksum_on_replay = Check sums on replay
why-checksum_on_replay = Without them damaged bytes come back as entries.
rule-repair_before_voting = No vote before repair
why-repair_before_voting = A node that lost part of its log has forgotten what it confirmed, and would elect a leader without it.
rule-apply_once = A retry counts once
why-apply_once = A client that hears nothing sends again; without a check, one write takes effect twice.

## A search for a schedule
find-begin = Find a schedule that breaks this
find-all = Search with the rules all on
find-again = Search on
find-stop = Stop
find-searching = Searching
find-found-shrinking = Found one, shrinking it
find-tried = { $n } of { $of } schedules tried, { $events } events
find-shrinking = Found one, shrinking: { $actions } steps left, { $n } shorter ones tried
find-none = { $n } schedules and { $events } events tried, and no invariant fell. That says nothing of others: it is no proof.
find-found = Schedule { $n } breaks “{ $invariant }”.
find-schedule = The shortest: { $nodes } nodes, seed { $seed }, { $n ->
    [one] { $n } step
   *[other] { $n } steps
}
find-replay = Replay it
find-link = Its link
replay-title = Replay
replay-n-of = step { $n } of { $total }
replay-begin = At its beginning. Let it run, or go step by step.
replay-off = Switched off: { $rule }
banner-run-home = Home page
banner-run-title = This run cannot be opened.
banner-run = { $error }

## What a schedule does
action-kill = cut S{ $node }'s power
action-kill-torn = cut S{ $node }'s power; { $bytes } unsynced bytes stay
action-restart = restart S{ $node }
action-crash-loop = S{ $node } crashes { $times } times, every { $every }
action-pause = freeze S{ $node }
action-resume = thaw S{ $node }
action-wipe = give S{ $node } an empty disk
action-disk = S{ $node }'s disk: { $fault }
action-clock = S{ $node }'s clock drifts by { $drift } and jumps by { $jump }
action-campaign = let S{ $node } stand for election
action-transfer = let S{ $node } take over
action-take-snapshot = S{ $node } takes a snapshot
action-drop-message = Lose message { $message } in transit
action-power-cut = cut all power and give it back
action-cut = cut S{ $from }–S{ $to }
action-cut-one-way = cut S{ $from } → S{ $to }, one way
action-partition = part { $side } from the others
action-heal = mend all links
action-heal-link = mend the link S{ $from }–S{ $to }
action-heal-none = mend a link without naming both ends: nothing happens
action-clog = clog S{ $from } → S{ $to } for { $time }
action-conf = change members: { $changes }
action-conf-joint = change members jointly: { $changes }
action-conf-leave = leave the joint configuration
change-add = add S{ $node }
change-remove = remove S{ $node }
change-learner = S{ $node } becomes a learner
find-no-actions = Nothing has to be done: the order of messages under this seed breaks it.
replay-own = nothing is done, messages alone

## What broke an invariant: words and figures come from src/sim/checkers.rs
broke-two_leaders = Term { $term } has two leaders: S{ $leader } and S{ $node }
broke-leader_lacks = S{ $node } leads term { $term } and lacks committed entry { $index }
broke-voted_twice = S{ $node } voted for S{ $candidate } in term { $term }, after it had voted for another
broke-forgot_term = S{ $node } came back in term { $back } and has forgotten what it said in term { $term }
broke-forgot_commit = S{ $node } came back with commit index { $index }; { $durable } was durable
broke-other_entry = S{ $node } holds another entry { $index } of term { $term } than others do
broke-leader_removed = S{ $node } removed entries of its own, from { $index } on, while it led
broke-open_changes = S{ $node } leads with { $n } changes of the membership under way at once
broke-misread = S{ $node } read entry { $index } back as something that was never written
broke-read_short = S{ $node } read back { $n } entries; { $durable } were durable
broke-commit_back = S{ $node }'s commit index went from { $before } back to { $index }
broke-few_copies = Entry { $index } counts as committed with { $n } durable copies among { $voters } voters
broke-other_committed = S{ $node } takes another entry { $index } for committed than another node did
broke-removed_committed = S{ $node } removed committed entry { $index }: { $n } of { $voters } voters still hold it
broke-other_applied = S{ $node } applied another entry { $index } than another node did
broke-other_state = Behind entry { $index } S{ $node } is in another state than another node was
broke-never_applied = Write { $op } was acknowledged and never applied
broke-acknowledged_gone = { $n ->
    [one] { $n } acknowledged write is gone: { $op }
   *[other] { $n } acknowledged writes are gone; the first is { $op }
}
broke-no_order = No order explains what was answered about register { $key }
broke-deaf_leader = S{ $node } leads on, though it has heard no majority for { $ticks } ticks
broke-other_record = Pod { $node } applied another record { $index } than another replica of the log did
broke-acknowledged_early = Record { $index } was acknowledged with { $n } durable copies on { $replicas } replicas
broke-acknowledged_unknown = The write of row { $row } was acknowledged, and no replica of the log has applied it
broke-acknowledged_void = The write of row { $row } was acknowledged, and a fence before it makes it void
broke-deposed_ticks = Pod { $node } vouches for the log in term { $term }, though pod { $leader } was elected in term { $newest }
broke-ticks_short = Pod { $node } vouches for the log up to record { $upto }, but record { $index } was acknowledged before
broke-skipped = Reader { $node } went from record { $before } to { $upto } without record { $index }
broke-misjudged = Reader { $node } misjudges whether record { $index } is void
broke-begins_late = Reader { $node } begins after record { $position }; only records up to { $checkpoint } are flushed
broke-tick_without_record = Reader { $node } at record { $position } takes a tick, but record { $index } was acknowledged before it
broke-weak_guarantee = Proxy { $node } demands { $guarantee } µs; the consistency level requires { $least } µs
broke-served_early = Delegator { $node } serves { $service } µs to a search that has to see { $guarantee } µs
broke-row_twice = Delegator { $node } returned row { $row } twice
broke-returned_expired = Delegator { $node } returned row { $row }, which has expired
broke-row_missed = Delegator { $node } missed row { $row }, which was acknowledged before the guarantee at { $guarantee } µs
broke-segment_changed = Segment { $segment } no longer has the rows with which it was written
broke-flushed_unstored = Segment { $segment } is recorded, and the object store does not have it
broke-flushed_uncommitted = Segment { $segment } is recorded up to record { $upto }; the log is committed up to { $last }
broke-segment_lacks = Segment { $segment } lacks rows of the log after record { $after } up to { $upto }
broke-released_early = Delegator { $node } released growing rows up to record { $upto }; segments served them up to { $served }
broke-growing_unread = Delegator { $node } answers from { $n } growing writes; the log after record { $from } up to { $upto } has { $live }
broke-delegates_unowned = Delegator { $node } answers under epoch { $epoch }; pod { $owner } owns the log under epoch { $newest }
broke-acknowledged_short = Record { $index } was acknowledged with { $n } durable copies; the ack quorum is { $quorum }
broke-fenced_acknowledges = Writer { $node } acknowledges record { $index } in epoch { $epoch }, after one of epoch { $newest } has begun
broke-position_skipped = Writer { $node } acknowledges record { $index } after record { $last }
broke-acknowledged_cut = Log store { $node } gives up record { $index }, which was acknowledged
broke-trimmed_early = Log store { $node } lets go of records up to { $index }; the object store has them up to { $upto }
broke-growing_kept = Delegator { $node } keeps growing rows from record { $index } on, though segments hold the log up to { $upto }
broke-snapshot_of_nothing = Snapshot { $name } has { $n } segments; the object store has { $there } of them
broke-snapshot_lacks = Snapshot { $name } up to record { $upto } lacks rows of record { $index }
broke-snapshot_beyond = Snapshot { $name } up to record { $upto } has rows of record { $index }
broke-pinned_collected = Segment { $segment } was collected though snapshot { $name } refers to it
broke-restored_other = Job { $job } has restored { $n } rows, which are not those of snapshot { $name }
broke-imported_other = Import { $job } has ended with { $n } rows in its segments; it should have { $rows }
broke-seen_in_part = Delegator { $node } searches segment { $segment } while job { $job } is not there as a whole
broke-two_act = Pods { $node } and { $other } act for the same role at the same time
broke-two_elected = Pods { $node } and { $other } were both elected in term { $term }
broke-epoch_back = Pod { $node } begins to act under epoch { $epoch }, after pod { $other } acted under epoch { $known }
broke-believes_longer = Pod { $node } believes in its lease until { $until } µs, and the store ended it at { $now } µs
broke-deposed_grants = Pod { $member } renews a lease in term { $term }, though pod { $leader } was elected in term { $newest }
broke-placed_on_gone = Coordinator { $coordinator } places a segment on pod { $node }, whose session it knows to be over
broke-dead_sends = Pod { $node } sends a message while it does not run

## The left pane of a replay
replay-lead = { $nodes } nodes under seed { $seed } go through one written schedule of faults again, from the beginning. The same link gives the same run, to the last event.
replay-lead-engine = One engine with its log, under seed { $seed }, goes through one written schedule of writes, faults and recoveries again, from the beginning. The same link gives the same run, to the last event.
replay-lead-milvus = A Milvus cluster under seed { $seed } goes through one written schedule of faults again, from the beginning. The same link gives the same run, to the last event.
replay-lead-regions = Two regions under seed { $seed } go through one written schedule of disasters again, from the beginning. The same link gives the same run, to the last event.
replay-actions = { $n ->
    [0] Nothing has to be done to them: the order of messages is enough.
    [one] One thing is done to them; the instruments say what and when.
   *[other] { $n } things are done to them; the instruments list each with its time.
}
replay-rule = Rule switched off: { $rule }
replay-no-rule = All rules are on.
replay-found = What the search found
replay-found-this = It breaks “{ $invariant }”: { $sentence }
replay-watch = What to watch
replay-watch-safety = Let it run, or go step by step, and keep an eye on “{ $invariant }” under Safety. When it turns red, the line at the top names the node and the entry. Then go a few steps back and see which messages led there.
replay-watch-progress = Let it run and keep an eye on the client: no node does anything wrong, but no write is acknowledged any more. No safety property turns red for that; the line about liveness below them says so.
replay-watch-any = Let it run, or go step by step, and see whether anything under Safety turns red.

## Liveness: a majority that could get on and does not
liveness = Liveness, not safety
liveness-stalled = A majority is up and connected, and yet no write has been acknowledged for { $n } seconds.

## Milvus cluster: home page and tabs
preset-milvus = Milvus cluster
home-milvus-s = Proxies, coordinators, query nodes, metadata store and write-ahead log, all running together. Kill any of them and see who takes over, how long service is gone, and whether what was written is still there.
home-regions = Two regions
home-regions-s = Beijing serves, Shanghai stands by, backups lie in a bucket. Lose a region and see where the RTO goes, which writes are lost and what it costs a month.
preset-milvus-course = The course's control plane
preset-milvus-25 = Milvus 2.5
preset-milvus-26 = Milvus 2.6
preset-milvus-30 = Milvus 3.0
tab-setup = Settings

## Milvus cluster: components and states
mc-kind-proxy = proxy
mc-kind-root_coord = root coordinator
mc-kind-query_coord = query coordinator
mc-kind-data_coord = data coordinator
mc-kind-index_coord = index coordinator
mc-kind-mix_coord = mixed coordinator
mc-kind-query_node = query node
mc-kind-data_node = data node
mc-kind-index_node = index node
mc-kind-streaming_node = streaming node
mc-kind-meta = metadata store
mc-kind-wal = log replica
mc-kind-object_store = object store
mc-short-proxy = proxy
mc-short-root_coord = root coord
mc-short-query_coord = query coord
mc-short-data_coord = data coord
mc-short-index_coord = index coord
mc-short-mix_coord = mix coord
mc-short-query_node = query
mc-short-data_node = data
mc-short-index_node = index
mc-short-streaming_node = stream
mc-short-meta = meta
mc-short-wal = log
mc-short-object_store = objects
mc-state-up = running
mc-state-down = down
mc-state-booting = starting
mc-state-paused = frozen
list-comma = ,
mc-pod = { $kind } #{ $id }
mc-zone = zone { $zone }
mc-acting = acting
mc-epoch = epoch { $n }
mc-lease-left = lease { $n } s left
mc-misses = missed { $n ->
    [one] 1 health check
   *[other] { $n } health checks
}
mc-taken-out = taken out of rotation
mc-cut-off = cut off from the rest
mc-queue = { $n ->
    [one] 1 request waiting
   *[other] { $n } requests waiting
}
mc-replica = replica { $n }
mc-replica-s = r{ $n }
mc-holds = holds { $n ->
    [one] 1 segment
   *[other] { $n } segments
}, { $loading } of them loading
mc-behind = serves data that is { $time } behind
mc-under-behind = { $zone } · { $time } s behind
mc-under-epoch = { $zone } · epoch { $n }
mc-under-zone = { $zone }
mc-under-epoch-s = { $zone }·e{ $n }
mc-under-out = { $zone } · taken out

## Milvus cluster: the map
mc-map-aria = Map of a Milvus cluster with { $n ->
    [one] 1 pod
   *[other] { $n } pods
}; arrow keys move between them and select
mc-client = Tester, one search a second
mc-client-n = Tester and { $n ->
    [one] 1 more client
   *[other] { $n } more clients
}
mc-legend-lease = lease
mc-legend-misses = missed checks
mc-legend-queue = queue
mc-legend-epoch = zone and epoch
mc-flow-search = search
mc-flow-write = write
mc-flow-stream = log stream
mc-flow-control = leases, routes
mc-flow-raft = Raft

## Milvus cluster: faults at hand
mc-cut = Cut off
mc-heal = Heal all
mc-kill-zone = Kill zone
mc-pick = Select a pod on the map
mc-pick-keys = click, or Tab and arrow keys
mc-key-walk = Walk from pod to pod on the map
mc-key-digits = Select a pod by its number
mc-key-kill = Kill the selected pod
mc-key-restart = Restart the selected pod
mc-key-freeze = Freeze or thaw the selected pod
mc-key-cut = Cut the selected pod off from all others, or heal all links

## Milvus cluster: the tester
mc-tester = Tester
mc-tester-s = one a second, nearest 10
mc-last-failure = Last failure: { $why }
mc-fail-no_root = no root coordinator gave a timestamp
mc-fail-no_replica = no replica serves
mc-fail-replica_failed = the replica that was chosen did not answer in full
mc-fail-not_serving = the node has not loaded the collection yet
mc-fail-segment_missing = a segment is served by nobody
mc-fail-replica_slow = no replica answered before the timeout
mc-fail-queue_full = the query node's queue was full
mc-fail-too_late = the search could not have been done in time any more
mc-fail-no_answer = no answer came
mc-rate = success rate
mc-total = total
mc-ok = ok
mc-failed = failed
mc-mean = mean latency
mc-strip-aria = The last { $n ->
    [one] search
   *[other] { $n } searches
}; { $failed } failed since the start
mc-load = Load
mc-load-s = over the last second
mc-lost = { $n ->
    [one] 1 acknowledged write
   *[other] { $n } acknowledged writes
} will never be read again, beginning with rows { $ids }
mc-vital-up = { $up } of { $n } running

## Milvus cluster: searches and writes
mc-search = Last search
mc-search-by = answered by #{ $n }
mc-search-none = No search has been answered yet.
mc-behind-t = behind
mc-waited = waited
mc-took = took
mc-recall = recall
mc-distances = { $n } distances computed, { $rows } rows in sealed segments
mc-nprobe = Lists read (nprobe)
mc-incomplete = success, but incomplete: segments that nobody serves
mc-consistency = Consistency
mc-strong = Strong
mc-bounded = Bounded
mc-session = Session
mc-eventually = Eventual
mc-strong-s = Sees everything before the search began: it waits until the service time reaches now, which takes the next tick (one every 200 ms).
mc-bounded-s = May be a little behind (5 s by default), so it hardly ever waits.
mc-session-s = Sees at least its own writes: it waits for the time of its last one.
mc-eventually-s = Reads what is there and never waits.
mc-partial = When nobody serves a segment
mc-partial-off = Fail
mc-partial-on = Answer in part
mc-routing = Choice of replica
mc-round-robin = Round robin
mc-least = Least busy
mc-random = Random
mc-clients = Further clients
mc-n-0 = 0
mc-n-10 = 10
mc-n-100 = 100
mc-n-1000 = 1,000
mc-n-1 = 1
mc-n-16 = 16
mc-n-64 = 64
mc-n-128 = 128
mc-crowd = Many users
mc-cr-goodput = answered in time /s
mc-cr-throughput = searched /s
mc-cr-for-nobody = of them for nobody
mc-cr-longest = longest queue
mc-cr-given-up = given up /s
mc-cr-refused = refused /s
mc-cr-easy = Nobody has to wait long: { $qps } searches a second, { $mean } each.
mc-cr-crowded = Crowded: every search waits for its turn ({ $mean }), and every one is answered. The longest queue holds { $queue }.
mc-cr-shedding = Overloaded, but holding: what would wait too long is refused at once, so { $qps } searches a second are answered in time.
mc-cr-collapsed = Congestion collapse. Query nodes finish { $done } searches a second, but { $late } of them for users who gave up after { $patience }. Those users have asked again meanwhile, so the queue never gets shorter: only { $qps } a second are answered in time. It can outlast its cause; such a state is called a metastable failure.
mc-cr-batch = 10 workers × 100 searches
mc-cr-endless = Search without end again
mc-cr-batch-on = { $done } of { $n } searches done
mc-cr-batch-done = { $n } searches in { $time }: { $qps } a second, { $failed } failed
mc-cr-claim = { $n ->
    [one] QPS of one replica
   *[other] QPS of { $n } replicas
}
mc-cr-claim-why = A search of a whole replica row by row costs { $cost } of a query node's time (set after the course). Most of it is spent by every node that takes part, however few rows it looks at. So one replica spread over three nodes keeps all three busy with every search, while three replicas serve three searches at once.
mc-cr-ways = Ways out of an overload
mc-cr-ways-s = Searches that nobody waits for any more still take their turn. Let timeouts outlast the queue, keep the queue short, or have nodes drop what is too late. Fewer users help only once the backlog is gone; restarting the query nodes clears it.
mc-cr-patience = Timeouts: inside the cluster and of the clients
mc-cr-1s = 1 s
mc-cr-10s = 10 s
mc-cr-queue = Searches that may wait at a query node
mc-cr-10240 = 10,240
mc-cr-50 = 50
mc-cr-late = Searches whose caller has given up
mc-cr-late-do = Done anyway
mc-cr-late-drop = Dropped
mc-cr-sources = To read on: Bronson et al., “Metastable Failures in Distributed Systems”, HotOS 2021; “Addressing Cascading Failures” in Google's Site Reliability Engineering (2016).
mc-write = Last write
mc-write-row = from row { $id }
mc-step-1 = client → proxy
mc-step-2 = timestamp from the root coordinator
mc-step-3 = segment from the data coordinator
mc-step-4 = durable on a majority of the log
mc-step-5 = client told
mc-step-6 = data node flushed it to objects
mc-step-7 = metadata store knows
mc-write-note = The course's note acknowledges after step 7. Milvus does so after step 4, once the log is durable; so does this.
mc-log = Log replicas are written
mc-parallel = In parallel
mc-serial = One by one

## Milvus cluster: settings
mc-setup = The cluster's settings
mc-presets = Control plane
mc-scenes = Scenes from the notes
mc-scene-tester = Note 2: the tester
mc-scene-tester-s = IVF_FLAT, nlist 128, nprobe 10, L2, the nearest 10, 128 dimensions, 1,000 random rows. Look at the recall: far from 100%. (Milvus itself builds no index over so few rows and would search them all.)
mc-scene-one = Note 3: one replica, 10 users
mc-scene-one-s = Three query nodes share one replica. The note measured 100 QPS.
mc-scene-three = Note 3: three replicas, 10 users
mc-scene-three-s = The same three query nodes, a whole replica each. The note measured 280 QPS.
mc-scene-documents = Note 3: questions about documents
mc-scene-documents-s = Three replicas, Bounded, COSINE, nprobe 16, the nearest 5.
mc-scene-shop = Note 3: the shop, 1,000 users
mc-scene-shop-s = Five replicas, Eventual, IP, nprobe 10, the nearest 20. A search costs 5 ms, which is the note's 200 QPS a replica; timeouts of 10 s outlast the queue. The note says 1,000 QPS.
mc-scene-shop-short = The shop with timeouts of 0.5 s
mc-scene-shop-short-s = The same shop collapses: the queue takes longer than users wait. Find a way out without closing the shop.
mc-pods-n = { $n ->
    [one] 1 pod
   *[other] { $n } pods
}
mc-plane-course = As the course's note has it: each kind of coordinator is a Raft group that elects the one that acts. Milvus itself does not work like this; compare the others.
mc-plane-25 = As Milvus 2.5 does it: the acting coordinator holds a leased key in etcd. If it dies without a word, its successor waits until the lease is over: a standby, or, as nothing stands by unless active_standby is 1, the same pod started again.
mc-plane-26 = As Milvus 2.6 does it: the four coordinators are one, streaming nodes own the log and what grows, data nodes build indexes too.
mc-plane-30 = As Milvus 3.0 does it: the shape of 2.6, and the streaming node writes the log to the object store itself (Woodpecker). A write takes 200 to 500 ms, and without the object store none is taken. With 2 under “Where the log is”, the log is a service of its own.
mc-plane-30-service = As Milvus 3.0 does it with a log service: the streaming node writes the log to log stores with disks of their own (Woodpecker). A write is acknowledged when two of three have it; they elect no leader.
tune-simple = What is simplified here
mc-simple-plane = The course's control plane is for teaching. Milvus's coordinators run no Raft of their own; they borrow the majority from etcd.
mc-simple-vectors = Vectors have 8 dimensions by default, in 1,000 rows; the course has 128. Dimensions change recall and not how long a takeover takes. Search is exact by default, so that what a fault takes away is not mixed with what an index misses.
mc-simple-store = The object store is assumed to be always available, so it cannot be killed.
mc-simple-cost = The times to start, to take over, to load and to replay come from a model. Each can be changed, and each names its source. Queues are real queues, not formulas.
mc-simple-search = The time of a search follows from the setting: a fixed part at every node that takes part, and the rest in proportion to the distances that the index really computes. Recall is measured against a search of every row.
mc-simple-rows = Rows that the writers wrote live for an hour (Milvus: collection.ttl.seconds, off by default) and go segment by segment; small segments are merged. So a long run needs no more memory than a short one.
mc-simple-log = The log is cut behind the flushed data, except for the last 500 records; Milvus keeps its log for days.
mc-simple-ack = In-memory replicas make reads steadier and faster. That nothing is lost is due to the log and the object store.
tune-settings = All settings
mc-group-shape = Shape and data
mc-group-health = Health checks and restarts
mc-group-control = Leases and elections
mc-group-data = Network, log, loading
mc-group-reads = Consistency and routes
mc-group-clients = Clients
tune-default = default { $value }, { $source }
source-note = course note { $n }
source-model = chosen for this lab
source-docs = { $of } docs
source-code = { $of } source
source-chart = { $of } Helm chart
source-course = the course
tune-apply = { $n ->
    [one] Reopen with 1 change
   *[other] Reopen with { $n } changes
}
tune-drop = Drop
mc-unit-pods = pods
mc-unit-members = members
mc-unit-replicas = replicas
mc-unit-zones = zones
mc-unit-segments = segments
mc-unit-rows = rows
mc-unit-dimensions = dimensions
mc-unit-checks = checks
mc-unit-records-s = records/s
mc-unit-rows-s = rows/s
mc-unit-1-000-rows-s = 1,000 rows/s
mc-unit-attempts = attempts
mc-unit-clients = clients
mc-unit-lists = lists
mc-unit-searches = searches
mc-unit-0-FLAT--1-IVF-FLAT--2-HNSW = 0 FLAT, 1 IVF_FLAT, 2 HNSW
mc-unit-0-L2--1-COSINE--2-IP = 0 L2, 1 COSINE, 2 IP
mc-unit-0-or-1 = 0 off, 1 on
mc-unit-0-to-3 = 0 to 3
mc-unit-0-to-2 = 0 to 2
mc-unit-0-course--1-Milvus-2-5--2-Milvus-2-6-and-3-0 = 0 course, 1 = 2.5, 2 = 2.6 and 3.0
mc-unit-0-replicas--1-object-store--2-log-stores = 0 replicas, 1 object store, 2 log stores
mc-unit-0-query-node--1-log-owner = 0 query node, 1 owner of the log
mc-unit-log-stores--0-n-2-1 = log stores, 0 = n/2+1
mc-set-control_plane = Control plane
mc-set-coordinators = Of each coordinator
mc-set-proxies = Proxies
mc-set-query_nodes = Query nodes
mc-set-data_nodes = Data nodes
mc-set-index_nodes = Index nodes
mc-set-streaming_nodes = Streaming nodes
mc-set-meta_members = Metadata members
mc-set-log_kind = Where the log is
mc-set-delegator = Where delegators are
mc-set-woodpecker_ack_quorum = Log stores that acknowledge
mc-set-woodpecker_upload_ms = Log stores write to the object store every
mc-set-woodpecker_batch_ms = Woodpecker gathers
mc-set-woodpecker_put_ms = Woodpecker writes, at most
mc-set-wal_replicas = Log replicas
mc-set-zones = Zones
mc-set-replicas = In-memory replicas
mc-set-segments = Sealed segments
mc-set-segment_mb = Size of a segment
mc-set-rows = Sealed rows
mc-set-dim = Dimensions
mc-set-index_type = Index
mc-set-metric = Metric
mc-set-nlist = Lists of an index (nlist)
mc-set-index_min_rows = Fewest rows for an index
mc-set-health_check_ms = Health check every
mc-set-health_misses = Misses until out
mc-set-restart_ms = Decision to process
mc-set-boot_ms = Process to service
mc-set-supervised = Restart what died
mc-set-active_standby = Coordinators standing by
mc-set-index_coord = Index coordinator (before 2.3)
mc-set-required_data_percent = Answer in part from
mc-set-dead_endpoint_ms = Keeps to a silent endpoint
mc-set-session_ttl_ms = Lease
mc-set-keepalive_ms = Renewed every
mc-set-raft_heartbeat_ms = Heartbeat of store and log
mc-set-raft_election_ms = Election timeout of store and log
mc-set-coord_heartbeat_ms = Heartbeat, course's coordinators
mc-set-coord_election_ms = Election timeout, course's coordinators
mc-set-takeover_ms = Reading metadata on takeover
mc-set-fencing = Refuse writes of old epochs
mc-set-latency_min_us = Network latency, least
mc-set-latency_max_us = Network latency, most
mc-set-fsync_min_ms = Sync, shortest
mc-set-fsync_max_ms = Sync, longest
mc-set-wal_serial = Log replicas one by one
mc-set-tick_ms = Tick every
mc-set-replay_records_per_s = Replay speed
mc-set-seal_rows = Sealed at
mc-set-object_mb_per_s = Object store speed
mc-set-full_rows = Rows of a full segment
mc-set-compact_segments = Small segments merged at once
mc-set-ttl_s = Written rows live
mc-set-gc_tolerance_ms = Unused segments are kept
mc-set-gc_missing_tolerance_s = Unrecorded segments are kept
mc-set-snapshot_pending_s = Snapshot without manifest, at most
mc-set-job_timeout_s = Import or restore, at most
mc-set-import_part_rows = Rows of a part of an import
mc-set-preimport_rows_per_s = Reading a file before import
mc-set-import_rows_per_s = Import speed of a data node
mc-set-link_mb_per_s = Network card of a pod
mc-set-index_krows_per_s = Indexing speed
mc-set-consistency = Consistency level
mc-set-graceful_ms = Bounded reads may be behind
mc-set-partial_results = Answer in part
mc-set-routing = Choice of replica
mc-set-search_us = Exact search of a replica
mc-set-visit_percent = Of that, spent by every node taking part
mc-set-nprobe = Lists read (nprobe)
mc-set-ef = Rows kept in mind by HNSW (ef)
mc-set-queue_limit = Searches that may wait at a query node
mc-set-drop_late = Drop searches that nobody waits for
mc-set-proxy_us = Work of a proxy
mc-set-delegator_us = Work of a delegator in a streaming node
mc-set-proxy_attempts = Attempts of a proxy
mc-set-route_refresh_ms = Routes refreshed every
mc-set-call_timeout_ms = Timeout of inner calls
mc-set-search_interval_ms = Tester searches every
mc-set-top_k = Nearest rows wanted
mc-set-client_timeout_ms = Timeout of clients
mc-set-insert_interval_ms = Insert every
mc-set-insert_rows = Rows an insert
mc-set-clients = Further clients
mc-set-client_queries = Searches of a further client
mc-set-client_pause_ms = Pause of a client after a failure

## Milvus cluster: timeline and narration
mc-mark-kill = kill #{ $node }
mc-mark-restart = start #{ $node }
mc-mark-pause = freeze #{ $node }
mc-mark-cut = cut
mc-mark-heal = healed
mc-mark-acts = #{ $node } acts
mark-lost = service lost
mark-restored = restored
mc-ev-killed = The { $pod } died; what it had in memory is gone
mc-ev-restarted = The { $pod } is started again
mc-ev-paused = The { $pod } is frozen; its memory stays
mc-ev-resumed = The { $pod } runs on
mc-ev-link-cut = The link between { $a } and { $b } was cut
mc-ev-link-healed = The link between { $a } and { $b } was healed
mc-ev-partitioned = Partition: no link between { $side } and the rest
mc-ev-partitioned-but = Partition: of { $side }, only the links to { $but } are left
mc-ev-healed = All links carry messages again
mc-ev-ready = The { $pod } serves
mc-ev-missed = The { $pod } did not answer its health check, { $n ->
    [one] once
   *[other] { $n } times in a row
}
mc-ev-taken-out = The supervisor took the { $pod } out of rotation and informed the others
mc-ev-route-failed = A request from the { $pod } to the { $to } failed; it goes around it for now
mc-ev-routes = The { $pod } has new routes: { $n ->
    [one] 1 query node serves
   *[other] { $n } query nodes serve
}
mc-ev-role-taken = The { $pod } acts from here on, epoch { $n }
mc-ev-role-ended = The { $pod } acts no more; epoch { $n } is over
mc-ev-lease-over = The lease of the { $pod } is over; another may take its place
mc-ev-exited = The { $pod } has lost its lease; its process exits
mc-ev-election-timeout = The { $pod } has not heard a leader for { $time } and prepares to stand
mc-ev-campaigned = The { $pod } stands for election in term { $n }
mc-ev-leader = The { $pod } is elected with { $votes } of { $voters } votes, term { $n }
mc-ev-stepped-down = The { $pod } steps down and follows term { $n }
mc-ev-lost-quorum = The { $pod } cannot reach a majority in term { $n }
mc-ev-fenced = The log refused a write of the { $pod }: epoch { $n } is over
mc-ev-growing-assigned = The { $pod } begins to replay the log to take over what grows
mc-ev-assigned = The { $pod } begins to load segment { $segment } for replica { $replica }
mc-ev-growing-loaded = The { $pod } has replayed the log and serves what grows, after { $time }
mc-ev-loaded = The { $pod } has loaded segment { $segment } ({ $bytes }) in { $time }
mc-ev-replayed = The { $pod } has replayed { $n ->
    [one] 1 record
   *[other] { $n } records
} in { $time }
mc-ev-search-failed = Search { $op } failed
mc-ev-search-lost = Search { $op } got no answer in time
mc-ev-insert-failed = The insert from row { $id } failed; its client knows that it did not happen
mc-ev-insert-unknown = The insert from row { $id } got no answer; its client cannot know whether it happened
mc-ev-partial = The { $pod } answered search { $op } in part, recall { $recall }
mc-ev-write-lost = { $rows ->
    [one] 1 acknowledged row
   *[other] { $rows } acknowledged rows
} from { $id } on will never be read: written under an epoch that was over
mc-ev-batch = { $n } searches are done in { $time }; { $failed } failed
mc-ev-merged = { $n } small segments became one
mc-kept = Snapshots and imports
mc-kept-means = A snapshot refers to what is flushed; it undoes a mistake, and is lost with the object store.
mc-order-flush = Flush
mc-order-snapshot = Take a snapshot
mc-order-import = Import 2,000 rows
mc-order-truncate = Delete what is flushed
mc-order-restore = Restore
mc-order-apart = Restore as a new collection
mc-order-drop = Drop
mc-snapshot-is = Snapshot { $n }: { $rows } rows in { $segments } segments
mc-snapshot-pending = Snapshot { $n }: its manifest is being written
mc-job-import = import { $n }
mc-job-restore = restore { $n }
mc-job-pending = pending
mc-job-pre-importing = pre-importing
mc-job-importing = importing
mc-job-completed = completed
mc-job-failed = failed
mc-job-line = { $job }, { $rows } rows: { $state }, { $done } of { $of } parts, { $time }
mc-job-line-shown = { $job }, { $rows } rows: { $state } in { $time }, and searches see them
mc-job-line-apart = { $job }, { $rows } rows: { $state } in { $time }, as a new collection
mc-job-line-failed = { $job }, { $rows } rows: { $state } after { $time }; { $why }; nothing of it is left
mc-why-bad-row = a row cannot be imported
mc-why-timeout = it took too long
mc-why-objects-lost = the object store has lost its segments
mc-why-no-snapshot = there is no such snapshot
mc-why-snapshot-exists = there is a snapshot of that name
mc-why-snapshot-in-use = it is being restored
mc-why-nothing-flushed = nothing is flushed
mc-why-too-many = there are too many already
mc-why-no-collection = there is no job of that number that has ended
mc-why-no-data-coord = no data coordinator answers
mc-why-no-meta = the metadata store does not answer
mc-why-no-answer = no answer came; it is not known whether it was carried out
mc-ev-order-refused = The client's order was not confirmed: { $why }
mc-ev-snapshot = Snapshot { $n } is taken: { $rows } rows in { $segments } segments
mc-ev-snapshot-dropped = Snapshot { $n } is dropped; its segments may be collected
mc-ev-snapshots = { $n ->
    [0] There is no snapshot
   *[other] Snapshots: { $names }
}
mc-ev-job = The { $job } is { $state }: { $done } of { $of } parts
mc-ev-job-failed = The { $job } has failed: { $why }
mc-ev-part = The { $pod } begins part { $part } of job { $job }, { $rows } rows
mc-ev-job-shown = Every replica serves job { $job }: searches see its { $rows } rows
mc-ev-deleted = { $rows } rows are deleted
mc-ev-objects-lost = The object store has lost { $n } segments, and every snapshot of them

## Milvus cluster: majority arithmetic
mc-maj = Majority arithmetic
mc-maj-can = { $up } of { $n } nodes are up, and a majority is { $need }: { $spare ->
    [0] a leader can be elected, but not one more may fail.
    [one] a leader can be elected, and 1 more may fail.
   *[other] a leader can be elected, and { $spare } more may fail.
}
mc-maj-cannot = Only { $up } of { $n } nodes are up, and a majority is { $need }: no leader can be elected and nothing committed until { $lack ->
    [one] 1 comes back.
   *[other] { $lack } come back.
}
mc-maj-bears = { $failures ->
    [0] { $n } node tolerates no failure.
    [one] { $n } nodes tolerate 1 failure.
   *[other] { $n } nodes tolerate { $failures } failures.
}
mc-maj-as-few = { $failures ->
    [0] { $n } nodes tolerate no failure, as { $few } does: the last one is paid for nothing.
    [one] { $n } nodes tolerate 1 failure, as { $few } do: the last one is paid for nothing.
   *[other] { $n } nodes tolerate { $failures } failures, as { $few } do: the last one is paid for nothing.
}
mc-maj-zone-any = Any one zone may fail now, and a leader can still be elected.
mc-maj-zone-not = Zones that must not fail now: { $zones }. Without any of them, what is left is no majority.
mc-maj-zone-one = All nodes are in one zone: when it fails, everything is gone.
mc-maj-zone-late = There is no majority left for a zone to take.
mc-maj-nodes-aria = Nodes by zone
mc-maj-node = Node { $n }, zone { $zone }, { $state }
mc-maj-zone = All of zone { $zone }
mc-maj-how = Click, or go there with the arrow keys and press Space: kill and revive.
mc-maj-revive = Revive all
mc-maj-nodes = Nodes
mc-maj-zones = Zones
mc-maj-share = A node is up
mc-maj-zone-share = A zone is up
mc-maj-lost = No majority
mc-maj-alone = With one node
mc-maj-cost = Cost
mc-maj-cost-s = 3 nodes = 1×
mc-maj-seconds = { $n } s a year
mc-maj-minutes = { $n } min a year
mc-maj-hours = { $n } h a year
mc-maj-days = { $n } days a year
mc-maj-table = 1 to 9 nodes
mc-maj-th-need = Majority
mc-maj-th-bears = May fail
mc-maj-th-as = as { $few }
mc-maj-th-lost = No majority
mc-maj-honest = Nodes are taken to fail independently of each other, and so are zones. Real failures share causes (a bad release, disks full everywhere), so real odds are worse. The cost is that of nodes alone, not of the copies of every write.

## Milvus cluster: load, measured
mc-ld = Load, measured
mc-ld-s = 20 further clusters are run, and every search and insert in them is counted. No formula.
mc-ld-run = Measure
mc-ld-again = Measure again
mc-ld-stop = Stop
mc-ld-progress = { $at } of { $n } clusters measured
mc-ld-failed-run = It could not be measured: { $why }
mc-ld-reads = Searches: QPS and latency
mc-ld-replicas = Replicas
mc-ld-th-clients = Clients
mc-ld-th-mean = Mean
mc-ld-bars = { $clients } clients, { $replicas ->
    [one] 1 replica
   *[other] { $replicas } replicas
}: { $qps } QPS
mc-ld-writes = Latency of inserts
mc-ld-th-log = Log replicas
mc-ld-th-how = Written
mc-ld-disk-ours = a sync takes 1–6 ms
mc-ld-disk-course = a sync takes 100 ms (course)
mc-ld-disk-batch = 1,000 rows × 128 dimensions at once over the network cards
mc-ld-claims = The course's figures, and what came out
mc-ld-th-note = Course
mc-ld-th-here = Here
mc-ld-what-qps_1 = QPS of one replica, 10 clients
mc-ld-what-qps_3 = QPS of three replicas, 10 clients
mc-ld-what-shop_1 = The shop, one replica, 1,000 users: QPS
mc-ld-what-shop_5 = The shop, five replicas, 1,000 users: QPS
mc-ld-what-write_cost = What three copies of the log add to a write (%)
mc-ld-what-write_batch = The same for 1,000 rows of 128 dimensions at once (%)
mc-ld-what-write_parallel = Three copies in parallel, 100 ms each (ms)
mc-ld-what-write_serial = Three copies one by one, 100 ms each (ms)
mc-ld-why-qps_1 = A search keeps a query node busy for 10 ms, so one replica answers at most 100 a second. That is set after the course.
mc-ld-why-qps_3 = Round robin and least connections spread so evenly that no node is ever idle: three times as many. With random choice, 10 clients sometimes leave a node idle, so the rate is below 280. The course's 280 lies between the two. Real searches are not all equally long, and never spread this evenly.
mc-ld-why-shop_1 = A search row by row costs 5 ms here, which is the note's 200 a second; the index takes a little off.
mc-ld-why-shop_5 = Five nodes serve five searches at once. With 1,000 users a search waits almost a second for its turn, so timeouts have to be longer than that; here nobody gives up. Try it with short ones: Scenes from the notes.
mc-ld-why-write_cost = Replicas sync at the same time, and a majority is enough: the extra cost is one round trip, and no write waits for the slowest replica. A single row needs almost no bandwidth.
mc-ld-why-write_batch = 512 kB take 4.1 ms on a card of 1 Gbit/s: once to the proxy, once to the leader, and once more to each follower, of which the faster counts. The note's 10,000 rows took 10 s and 12 s, most of which is not the network; a faster card brings our figure down to that of a single row.
mc-ld-why-write_parallel = All sync at the same time, so only one 100 ms is waited for. The few milliseconds more are the proxy, the timestamp and the network.
mc-ld-why-write_serial = The leader syncs before it sends to the next, which answers before the third is sent to, and all must hold it: three times 100 ms.
mc-ld-assumed = What these figures rest on
mc-ld-assumed-s = Clients search again as soon as they were answered, and wait as long as it takes; every replica has a query node of its own; a search takes a fixed time.
mc-ld-cli = Load, measured, seed { $seed }
mc-ld-cli-read = { $replicas ->
    [one] 1 replica
   *[other] { $replicas } replicas
}, { $clients } clients: { $qps } QPS, mean { $mean } ms, p95 { $p95 } ms, { $failed } failed
mc-ld-cli-write = { $replicas ->
    [one] 1 log replica
   *[other] { $replicas } log replicas
}, { $how }, { $sync }: inserts took { $mean } ms in the mean, p95 { $p95 } ms
mc-ld-cli-claim = { $what }: course { $course }, here { $measured }

## A Milvus cluster: failover tests
mc-drills = Failover tests
mc-drills-s = As the course does it: one search a second, something is broken on the way, and how long does recovery take? Played in the background with the settings of the open cluster, which goes on untouched.
mc-d-runs = Runs, each with a seed of its own
mc-d-course = The course's targets
mc-d-milvus = Milvus's own
mc-d-rto = RTO below (ms)
mc-d-failed = Failed requests fewer than
mc-d-success = Success at least (‰)
mc-d-zero = 0 sets no such target. The course: RTO below 15 s, fewer than 10 failures. Milvus's own chaos tests: RTO below 30 s, success at least 0.99.
mc-d-start = { $n ->
    [one] Start one run
   *[other] Start { $n } runs
}
drill-stop-runs = Stop
mc-d-running = The tests are running
mc-d-progress = { $n } of { $of } failovers are over
drill-no-runs = No run is over, so there is no report.
mc-d-stopped = stopped early: { $n } of { $of } runs
mc-d-report = Open the report
mc-d-worst = worst { $value }
mc-d-rto-mean = RTO, mean
mc-d-phases = Where the RTO went
mc-d-phases-mean = Where the RTO went: means over { $n } outages
mc-d-no-outage = No outage has a whole RTO to take apart.
mc-d-lost = Lost writes
mc-d-short = Runs that missed a target
mc-d-open-seed = Open the cluster with seed { $seed }
mc-d-seed-s = A seed opens a cluster with the same settings and the same seed; the fault is yours to make.
mc-d-take = Take the report along
mc-d-copy = Copy as text
mc-d-page = Page to print

## Two regions: names and time
rg-title = Two regions
rg-setup = Settings of the two regions
rg-lead = Beijing serves, Shanghai stands by, backups lie in the bucket. Lose a region and see how long it takes, which writes are gone and what it costs.
rg-beijing = Beijing
rg-shanghai = Shanghai
rg-nowhere = a host that is gone
rg-at = Day { $day }, { $time }
rg-at-minute = d{ $day } { $time }
rg-at-day = Day { $day }
span-s = { $n } s
span-min = { $n } min
span-h = { $n } h
span-d = { $n } d
rg-leap-day = To the next midnight
rg-leap-day-s = +1 d

## Two regions: the stage
rg-clients = Clients in { $region }
rg-client-ok = Client { $n } is sent to { $region } and answered
rg-client-no = Client { $n } is sent to { $region } and not answered
rg-dns-to = points to { $region }
rg-dns-ttl = TTL { $time }
rg-dns-old = The old address lives in caches for { $time } at most
rg-is-primary = primary, takes writes
rg-is-standby = standby, follows
rg-is-small = standby, not scaled up
rg-is-fenced = fenced, acknowledges nothing
rg-is-apart = cut off, alive inside
rg-is-dark = without power
rg-is-wiped = destroyed with its data
rg-nodes = Nodes of { $region }
rg-node = Node { $n } of { $region }
rg-node-up = Node { $n } of { $region }, running; press to select it
rg-node-kill = Node { $n } of { $region }, running; press again to kill it
rg-node-down = Node { $n } of { $region }, down; press to select it
rg-node-start = Node { $n } of { $region }, down; press again to start it
rg-lsn = Log at
rg-applied = Applied
rg-digest = Digest
rg-rows = Rows in each collection
rg-epoch = epoch { $n }
rg-lease = Lease: { $time } left
rg-no-index = no indexes
rg-still-writes = clients inside can still write
rg-link = The link between the regions
rg-link-up = carries { $n } KB/s
rg-link-slow = slow: { $n } KB/s
rg-link-cut = cut
rg-mode-0 = No sync
rg-mode-1 = Real-time log
rg-mode-2 = Near-real-time log
rg-mode-3 = Periodic log
rg-mode-4 = Count and offset
rg-backlog = Backlog
rg-backlog-n = { $n } · { $kb } KB
rg-lag = Lag
rg-flying = In flight
rg-carried = Carried
rg-next-sync = Next sync
rg-gap = The log that the other side needs is gone; it has to be filled again from the start.
rg-cmp-equal = Same position, same digest
rg-cmp-different = Same position, different digest: contents differ
rg-cmp-behind = Not at the same position yet: nothing to compare
rg-cmp-split = Not one primary and one standby: nothing to compare
rg-cmp-none = No two copies to compare
rg-bucket = Backup bucket
rg-backups-n = { $n } kept, for { $days } d
rg-next-backup = next { $time }
rg-full = full
rg-incremental = incremental
rg-backup-aria = Backup { $n }, { $kind }, as of { $time }, { $gb } GB, { $state }
rg-backup-writing = being written
rg-backup-unverified = written, never read back
rg-backup-verified = read back and whole
rg-backup-bad = read, and damaged
rg-backup-failed = failed
rg-newest = The newest is { $age } old, { $state }
rg-no-backup = No backup yet. Lose the region without a standby and nothing is left.
rg-failover = Operations desk
rg-failover-waits = waiting; the runbook:
rg-failover-runs = at work for { $time }
rg-failover-failed = the runbook failed
rg-failover-done = the runbook is done
rg-checks = { $n } health checks of the primary missed in a row; { $of } raise an alert
rg-alerts = Alerts
rg-step-is-done = done
rg-step-is-failed = failed
rg-step-is-runs = at work
rg-step-is-todo = not begun
rg-bad-split-title = Both regions take writes
rg-bad-split = { $n } writes went to both sides and one side's will be given up. Fence the old primary now, then decide: merge or discard.
rg-bad-both-title = Both regions are without power
rg-bad-both = There is nowhere to switch to. Return a region first; what was destroyed can only come from a backup.
rg-bad-runbook-title = The runbook failed and service is still down
rg-bad-runbook = See the reason at the desk, change the step and run it again, or do the rest by hand.
rg-bad-down-title = { $region } is hit, service is down
rg-bad-down = { $failed } requests failed so far. Wait for the alert to switch, or force it now.
rg-bad-switching = { $failed } requests failed so far; the runbook is at work.
rg-bad-gap-title = The standby lost the log's thread
rg-bad-gap = The primary kept too little log. The standby is being filled again from the start; until then only backups protect you.

## Two regions: tools
rg-tool-lose = Lose
rg-tool-return = Return
rg-tool-wipe = Destroy
rg-tool-isolate = Isolate
rg-tool-cut = Cut
rg-tool-slow = Slow
rg-tool-heal = Mend all
rg-tool-backup = Back up
rg-tool-switchover = Switch over
rg-tool-failover = Fail over
rg-tool-run = Run book
rg-key-cut = Isolate or cut; mend what is cut
rg-key-mistake = Delete the first collection by mistake
rg-more-back = Back to normal
rg-merge-back = Return and merge
rg-fail-back = Return and discard
rg-more-back-s = Rows that only the old primary has can be merged if nothing contradicts them. Discarded rows are added to the list of losses.
rg-more-mistake = Delete a collection by mistake
rg-more-surprise = Arm a surprise
rg-surprise-random = Any, don't tell me
rg-more-surprise-s = Nothing shows until it is needed.
rg-pick = Select a region or the link
rg-pick-keys = or press 1, 2, 3
rg-pick-link = X cuts, L slows, H mends
rg-pick-node = K kills, R starts
rg-nobody = No region serves
rg-serving = { $region } serves
rg-vital-lag = lag { $time }
rg-lost-writes = Lost

## Two regions: RTO, RPO, lost writes
rg-limit = wants < { $time }
rg-limit-zero = wants 0
rg-limit-none = no bound
rg-met = met
rg-missed = missed
rg-no-disaster = no disaster yet
rg-rpo-later = known once service is back
rg-rpo-would = now it would be about { $time }
rg-class = Class of business (note 4)
rg-class-critical = Critical: payments, care
rg-class-important = Important: shop, ERP
rg-class-normal = Normal: internal tools
rg-class-rest = Not critical: archives
rg-phases = Where the time went
rg-phases-at = { $region }, from { $time }
rg-phases-none = After a disaster: how long it took to detect, decide, restore, verify and move the name.
rg-phase-now = so far
rg-ax-phase = Phase
rg-ax-where = From and to
rg-ax-length = Length
rg-ax-limit = limit { $time }
rg-ax-s = A logarithmic axis: an inch on the right is far longer than one on the left. Trust the figures.
rg-longest = The longest was { $phase }: { $time }.
rg-failed-n = { $n } requests failed meanwhile
rg-lost = Which writes were lost
rg-lost-n = { $n }
rg-lost-none = Every acknowledged write is still there.
rg-lost-counted = Counted among those that are listed; the total stands above.
rg-lost-more = { $n } more are not listed
rg-lost-s = All were acknowledged, and can be read nowhere now.
rg-lost-what = { $change } row { $key }
rg-col-op = No.
rg-col-what = What
rg-col-when = At
rg-col-died = Where it died
rg-change-insert = insert
rg-change-update = update
rg-change-delete = delete
rg-died-not-shipped = in the log, not shipped
rg-died-in-backlog = in the backlog
rg-died-in-flight = on the link
rg-died-after-last-backup = after the last backup
rg-died-skipped-by-sync = not seen by comparing counts
rg-died-skipped-by-checkpoint = skipped by a checkpoint that ran ahead
rg-died-not-in-backup = its collection is in no backup
rg-died-collection-left-out = its collection was left out of backups and shipping
rg-died-discarded = discarded at the fail-back
rg-died-deleted-by-mistake = deleted by mistake

## The dump after a forced promotion
rg-dump = Left in the old log
rg-dump-of = salvage checkpoint, DumpMessages
rg-dump-do = Dump the log
rg-dump-checkpoint = { $new } was promoted by force at { $time } and had the log of { $old } up to record { $lsn }.
rg-dump-there = { $n } records after the checkpoint.
rg-dump-made = At { $time }: { $n } records, after { $from } up to { $upto }
rg-dump-gap = The first records after the checkpoint are past the retention of the log.
rg-dump-beyond = { $n } acknowledged writes that only the old primary has are not in the dump: the position cannot tell that they are missing.
rg-dump-lsn = Position
rg-dump-when = Written
rg-dump-now = At the new primary now
rg-dump-same = this version
rg-dump-other = another version
rg-dump-none = no such row
rg-dump-s = A dump brings nothing over. Which writes still count is for you to decide; “Return and merge” repeats those that nothing newer contradicts.

## Two regions: cost, modes, layers
rg-cost = Cost
rg-cost-model = model prices
rg-a-month = a month, as it is now
rg-cost-primary = Primary's nodes
rg-cost-standby = Standby's nodes
rg-cost-disks = Disks
rg-cost-bucket = Bucket
rg-cost-link = Link traffic
rg-cost-so-far = Spent so far
rg-cost-total = Total
rg-cost-how = How it is reckoned
rg-price-node-fen = A node: { $price } a month
rg-price-disk-fen = A GB on a cluster's disk: { $price } a month
rg-price-bucket-fen = A GB in the bucket: { $price } a month
rg-price-link-fen = A GB over the link: { $price }
rg-modes = Ways to follow, and what they lose
rg-modes-note = bands of note 4
rg-modes-mode = Mode
rg-modes-cost = Cost
rg-modes-s = The note gives no band to counting rows: it sees no deletes and no updates, so it loses more than one interval.
rg-measured = measured here
rg-lag-now = lag { $time }
rg-band-rpo-1 = 0–1 min
rg-band-rto-1 = 5–15 min
rg-band-cost-1 = high
rg-band-rpo-2 = 5–15 min
rg-band-rto-2 = 15–30 min
rg-band-cost-2 = medium
rg-band-rpo-3 = 1–24 h
rg-band-rto-3 = 1–4 h
rg-band-cost-3 = low
rg-band-rpo-4 = not said
rg-band-rto-4 = not said
rg-band-rpo-0 = to the last backup
rg-band-rto-0 = as long as a restore
rg-band-cost-0 = lowest
rg-layers = Three layers
rg-layers-note = note 4
rg-layer = Layer
rg-against-node = Node
rg-against-region = Region
rg-against-mistake = Mistake
rg-layer-course = The note's RTO / RPO
rg-layer-replicas = Replicas
rg-layer-replicas-s = seconds / 0
rg-layer-backup = Backups
rg-layer-backup-s = hours / hours to days
rg-layer-region = Second region
rg-layer-region-s = hours / minutes to hours
rg-layer-nodes = { $n } of { $of } run
rg-layer-backups = { $n } in the bucket
rg-layer-standby = the standby follows
rg-layer-no-standby = no standby now
rg-yes = yes
rg-no = no
rg-layers-s = A mistake follows the log to the other side within seconds: only a backup still has what it deleted.

## Two regions: configuration and runbook
rg-config = Configuration
rg-config-s = The format is that of note 5. When you apply it, an error is reported with its line, and the run keeps its configuration.
rg-config-line = Line { $n } is wrong.
rg-config-refused = Not taken.
rg-config-kept = The running configuration is untouched.
rg-config-taken = Taken.
rg-config-apply = Apply
rg-config-drop = Drop changes
rg-book = Runbook
rg-book-n = { $n } steps
rg-book-s = The steps after a disaster, in order. Choose a runbook, then add, remove or reorder steps.
rg-book-built-in = Runbooks to begin with
rg-book-course = Note's five
rg-book-careful = Careful
rg-book-restore = Restore
rg-book-switchover = Switchover
rg-book-forced = Forced
rg-book-step = Step { $n }: { $step }
rg-book-now = Do now by hand: { $step }
rg-book-up = Move step { $n } up
rg-book-down = Move step { $n } down
rg-book-out = Take out step { $n }
rg-book-keys = Keys: ↑↓ walk, Alt + ↑↓ move, Delete takes out.
rg-book-choose = Step to add
rg-book-add = Add
rg-book-as-text = As text
rg-book-as-list = As a list
rg-book-set = Set
rg-book-run = Run now
rg-book-is-set = The next alert runs it.
rg-book-runs = The desk has begun.
rg-book-fire = Fire at { $n } disasters
rg-fire-running = Firing
rg-fire-progress = { $n } of { $of } disasters are over
rg-fire-survived = survived { $n } of { $of }
rg-fire-p50 = RTO p50
rg-fire-p95 = RTO p95
rg-fire-lost = writes lost
rg-fire-rpo = worst RPO
rg-fire-cost = a month
rg-cmp2 = Switchover and failover
rg-cmp2-s = From the same moment of the same seed, one of each: what is lost and how long it takes. Played beside this run.
rg-cmp2-start = Play both
rg-cmp2-running = Playing { $n } of 2
rg-cmp2-planned = Planned switchover
rg-cmp2-forced = Forced failover
rg-cmp2-rto = down
rg-cmp2-lost = lost
rg-cmp2-none = nothing lost
rg-step-page = Page the person on call
rg-step-decide = Let them decide
rg-step-fence = Fence the old primary
rg-step-check-standby = Check the standby
rg-step-start-standby = Start the standby
rg-step-restore-newest = Restore the newest backup
rg-step-restore-good = Restore the newest good backup
rg-step-rebuild = Rebuild indexes
rg-step-verify-count = Compare counts
rg-step-verify-digest = Compare digests
rg-step-promote = Promote
rg-step-dns = Move the name
rg-step-wait-ttl = Wait out the TTL
rg-step-wait-minute = Wait a minute
rg-step-check-service = Check the service
rg-step-drain = Drain the primary
rg-step-catch-up = Let the standby catch up
rg-step-announce = Announce
rg-step-disaster = The disaster
rg-step-detect = Detection
rg-s-damaged-backup = the newest backup has a damaged byte
rg-s-half-backup = the newest backup is half written
rg-s-wrong-step = the runbook names a host that is gone
rg-s-slow-restore = reading backups is eight times slower
rg-s-missing-collection = one collection was never backed up or shipped
rg-s-nobody-on-call = nobody answers the page for eight hours
rg-why-standby-down = The standby does not answer: return it, or restore from a backup.
rg-why-standby-not-started = The standby is not started: put “Start the standby” before this step.
rg-why-backup-damaged = The backup fails its checksum: use “Restore the newest good backup”, and verify backups when they are made.
rg-why-backup-half = The backup was never finished: use “Restore the newest good backup”, and verify backups when they are made.
rg-why-no-backup = There is no usable backup: wait for the standby, and back up more often.
rg-why-collection-missing = A collection is missing: it was never backed up or shipped. Add it and drill again.
rg-why-count-differs = The counts differ: catch up or take another backup before switching.
rg-why-digest-differs = The digests differ: fill the standby again or restore; do not switch regardless.
rg-why-nothing-to-compare = There is nothing to compare with: the primary is gone.
rg-why-primary-gone = The primary is gone, so it can neither drain nor be caught up with: this calls for a failover.
rg-why-wrong-host = The runbook names a host that is gone: update it, and check it in every drill.
rg-why-not-answering = Nobody answers under the name: see where it points, and whether the TTL is over.
rg-why-not-promoted = The standby was not promoted and takes no writes: put “Promote” before the name moves.
rg-why-timeout = It took too long and was given up: is the link up, and the standby there?
rg-why-write-failed = Writing failed halfway: see whether the source is still there.
rg-why-read-back = It did not read back: this one is useless, make another.
rg-alert-primary-down = The primary does not answer its checks
rg-alert-switch-began = The switch has begun
rg-alert-switch-done = The switch is done
rg-alert-switch-failed = The switch failed; a person has to act
rg-alert-backup-failed = A backup failed
rg-alert-backlog-grows = The backlog grows: the link is slower than the writes
rg-alert-gap = The standby lost the log's thread
rg-alert-region-back = The region is back
rg-alert-split-brain = Both regions take writes
rg-alert-mistake = Somebody emptied a collection

## Two regions: what happens
rg-ev-opened = Beijing serves, Shanghai stands by
rg-ev-lost = { $region } lost its power
rg-ev-wiped = { $region } is destroyed with all it held
rg-ev-returned = { $region } is back and has read { $n } records of its log
rg-ev-isolated = { $region } is cut off; clients inside still reach it
rg-ev-link-cut = The link is cut; writes begin to pile up
rg-ev-link = The link carries { $n } KB/s
rg-ev-healed = All that was cut or slow is mended
rg-ev-node-killed = Node { $n } of { $region } lost its power; with a majority left, writes go on
rg-ev-node-started = Node { $n } of { $region } runs again
rg-ev-promoted = { $region } is the primary now, in epoch { $epoch }, with the log up to { $lsn }
rg-ev-demoted = { $region } takes no more writes; epoch { $epoch } is over
rg-ev-dns = The name points to { $region } now; caches still have the old address for a while
rg-ev-client-moved = The resolver of client { $client } names { $region } now
rg-ev-counts = Counts compared: { $rows } rows of { $name } copied; deletes and updates are not seen
rg-ev-resynced = The standby was filled again with { $rows } rows
rg-ev-backup-began = Full backup { $n } began
rg-ev-backup-began-inc = Incremental backup { $n } began
rg-ev-backup-ended = Backup { $n } is in the bucket: { $rows } rows, reckoned as { $gb } GB
rg-ev-backup-failed = Backup { $n } failed: { $why }
rg-ev-backup-pruned = Backup { $n } was pruned
rg-ev-restored = Backup { $n } was restored into { $region }: { $rows } rows in { $time }
rg-ev-write-died = Acknowledged writes are lost, from { $op } on: { $died }
rg-ev-dumped = The log of { $region } was dumped after record { $lsn }: { $n } records; the new primary lacks { $missing } of the writes
rg-ev-failed-back = { $region } follows again: { $merged } writes merged, { $discarded } given up
rg-ev-mistake = Somebody deleted { $rows } rows of { $name } by mistake; replication ships the deletes too
rg-ev-missed = The primary missed its health check, { $n } in a row
rg-ev-alert = Alert: { $alert }
rg-ev-runbook-began = The desk begins the runbook of { $n } steps
rg-ev-step-began = Step { $n }: { $step }
rg-ev-step-ended = Step { $n } is done: { $step }, in { $time }
rg-ev-step-failed = Step { $n } failed: { $step }. { $why }
rg-ev-runbook-ended = The runbook is done
rg-ev-runbook-failed = The runbook failed; the rest was not done
rg-ev-surprise = A surprise is armed; you will know it when it is felt
rg-ev-surprise-felt = A surprise is felt: { $surprise }
rg-ev-config = A configuration was taken: { $n } values changed
rg-ev-service-lost = Service is lost: the first write failed
rg-ev-service-restored = Service is back after { $time }; { $failed } requests failed
rg-mark-lost = { $region } lost
rg-mark-returned = { $region } back
rg-mark-cut = cut
rg-mark-healed = mended
rg-mark-promoted = { $region } leads
rg-mark-dns = to { $region }
rg-mark-backup = backup { $n }
rg-mark-backup-failed = backup { $n } failed
rg-mark-mistake = mistake

## Two regions: settings
rg-presets = Begin with
rg-presets-s = Opens a new run.
rg-preset-real = Real-time log
rg-preset-near = Near-real-time
rg-preset-periodic = Periodic
rg-preset-counts = The note's counts
rg-preset-backup = Backups only
rg-simple-volume = The rows are few; backups, restores and links are reckoned by the gigabytes in the settings.
rg-simple-person = The person on call is a span of time: to answer, and to decide.
rg-simple-price = Prices are orders of magnitude, not offers.
rg-simple-count = The note trusts counts of rows; here digests are compared, for equal counts can hide different rows.
rg-simple-health = The note switches after three misses; out of reach is not dead, so here the old primary is fenced first.
rg-group-shape = Size
rg-group-clients = Clients
rg-group-backup = Backups and restores
rg-group-sync = Following
rg-group-health = Checks and people
rg-group-fence = Fencing and standby
rg-group-dns = The name
rg-group-price = Prices
rg-set-region_nodes = Nodes of a region
rg-set-rows_each = Rows of a collection
rg-set-dim = Vector dimension
rg-set-data_gb = Reckoned volume
rg-set-write_kb = A write, reckoned
rg-set-clients_beijing = Clients in Beijing
rg-set-clients_shanghai = Clients in Shanghai
rg-set-write_interval_ms = Between writes
rg-set-read_interval_ms = Between reads
rg-set-update_percent = Share of updates
rg-set-delete_percent = Share of deletes
rg-set-client_timeout_ms = Client's patience
rg-set-backup = Backups
rg-set-backup_hour = Hour of the first
rg-set-backup_every_h = Between backups
rg-set-backup_full_every = One full backup in this many
rg-set-retention_days = Days kept
rg-set-backup_verify = Read back after
rg-set-backup_mb_s = Backup speed
rg-set-backup_damaged_permille = Damaged unnoticed
rg-set-restore_mb_s = Restore speed
rg-set-index_mb_s = Index speed
rg-set-sync_mode = Sync mode
rg-set-near_interval_s = Near-real-time interval
rg-set-near_batch_s = Near-real-time batch
rg-set-sync_interval_h = Periodic interval
rg-set-sync_batch_s = Periodic batch
rg-set-link_latency_ms = Link latency
rg-set-link_kb_s = Link bandwidth
rg-set-log_retention_h = Log kept
rg-set-checkpoint_ahead = Checkpoint runs ahead (a fault)
rg-set-health_check_s = Between health checks
rg-set-failure_threshold = Misses to alert
rg-set-health_timeout_ms = Check's patience
rg-set-auto_switch = Switch by itself
rg-set-respond_s = To answer a page
rg-set-decide_s = To decide
rg-set-verify_s = To verify
rg-set-fencing = Fencing
rg-set-lease_s = Primary's lease
rg-set-standby_read_only = Standby read-only
rg-set-standby = Standby
rg-set-warm_s = Warm to full
rg-set-cold_s = Cold to full
rg-set-dns_ttl_s = DNS TTL
rg-set-dns_update_s = To change the name
rg-set-dns_overstay_s = Some resolvers overstay
rg-set-dns_overstay_percent = Share that overstays
rg-set-price_node_fen = A node a month
rg-set-price_disk_fen = Disk a month
rg-set-price_bucket_fen = Bucket a month
rg-set-price_link_fen = Link
rg-unit-nodes = nodes
rg-unit-rows = rows
rg-unit-dimensions = dim.
rg-unit-clients = clients
rg-unit-backups = backups
rg-unit-days = days
rg-unit-checks = checks
rg-unit-0-or-1 = 0 off, 1 on
rg-unit-fen-a-month = fen/mo
rg-unit-fen-per-GB-and-month = fen/GB·mo
rg-unit-fen-per-GB = fen/GB
rg-unit-0-none--1-real-time--2-near-real-time--3-periodic--4-count-and-offset = 0 none 1 real 2 near 3 periodic 4 counts
rg-unit-0-cold--1-warm--2-hot = 0 cold 1 warm 2 hot

## The course: pane, map, record, print, opening
co-step-n-of = Step { $n } of { $total }
co-steps = All steps
co-kind-read = Read
co-kind-predict = Predict
co-kind-do = Do
co-kind-observe = Observe
co-kind-explain = Explain
co-done = done
co-story = The setting
co-incident = A real incident
co-read-on = Read, go on
co-read-done = I have read this
co-predict-first = Choose first, then let it happen. You can change your mind until it has.
co-predict-chosen = Noted. Go on and let it happen.
co-predict-locked = It has happened; the prediction stands.
co-predict-late = It happened before anything was predicted.
co-yours = your prediction
co-came = what happened
co-came-right = you predicted this
co-came-none = None of these happened.
co-recall-open = not yet
co-recall-right = as you predicted
co-recall-wrong = not as you predicted
co-recall-no = none
co-explain-ask = Choose an answer. A wrong one is worth something too: there is a run that shows why.
co-right = right
co-wrong = a run refutes this
co-refute = See the run that refutes it
co-refuting = The run that refutes it
co-refuted-answer = Your answer
co-refuting-now = It is playing; watch the stage.
co-refuting-seen = There: it is not as the answer says.
co-refute-back = Back to the question
co-refute-back-note = The way back opens this lesson's run again; steps, predictions and answers are remembered.
co-goals = Goals
co-met = met
co-open = still to do
co-met-before = met before
co-hint = Hint
co-hint-n = Hint { $n }
co-hint-left = Hint ({ $n } left)
co-show = Show me
co-show-note = Showing how this step is done: { $done } of { $of }. It stops as soon as you act.
co-act-note = Under way: { $done } of { $of }
co-helped = Something was shown, so this attempt counts for no best score.
co-back = Back
co-next = Next
co-finish = To the course map
co-free = Free play from here
co-free-on = Free play: what the lesson forbids is lifted.
co-free-off = Back to the lesson
co-reset = Start over
co-reset-ask = Start over? Goals, predictions and answers of this attempt go; best scores stay.
co-yes = Yes, start over
co-no = No
co-print = Print this lesson
co-print-now = Print
co-actions = Actions of this step
co-finished = This lesson is finished.
co-next-lesson = Next lesson: { $title }
co-last-lesson = This was the last lesson.
co-score-fewest-actions = Actions
co-score-lowest-rto = RTO
co-score-lowest-cost = Cost
co-best = best { $value }
co-score-now = this time { $value }
co-not-kept = The browser does not keep progress (storage is denied or full). The course goes on; export your record before you close the page.
co-not-allowed = This lesson does without that fault for now. To try it, choose “Free play from here”.
co-waits-goal = “{ $action }” waits for: { $goal }
co-waits-node = “{ $action }” waits: its node is not there yet, or already as it would make it
co-show-again = What was done before differs from the demonstration, so it is shown from the lesson's beginning.
co-refused = Not done: { $why }
co-news-goal = Goal met: { $goal }
co-news-came = A prediction is settled. What happened: { $what }
co-news-right = Right.
co-news-wrong = Wrong; there is a run that shows why.
co-news-finished = The lesson is finished.
co-lack-goal = First: { $goal }
co-lack-event = Has not happened yet: { $what }
co-lack-event-at = Has not happened yet: { $what } ({ $node })
co-lack-node = { $what }: this time it was { $have }; it has to be { $node }
co-lack-word = { $what } ({ $word })
co-who-acting = the acting { $what }
co-who-standby = the standby { $what }
co-who-nth = { $what } { $n }
co-who-node = node { $n }
co-who-of-region = { $region }, node { $n }
co-who-region = { $n ->
    [0] Beijing
   *[other] Shanghai
}
co-lack-field = When { $what }, { $field } was { $have }; it has to be { $want }
co-lack-count = { $what }: { $have } so far, has to be { $want }
co-lack-meter = { $what }: { $have } now, has to be { $want }
co-lack-meter-none = { $what }: no figure yet
co-lack-not = Should not be so: { $what }
co-lack-never = Another { $left } without this: { $what }
co-lack-late = Too late; it has to come within { $within }. Try again
co-test-is = { $n }
co-test-not = not { $n }
co-test-below = below { $n }
co-test-above = above { $n }
co-test-at_least = at least { $n }
co-test-at_most = at most { $n }
co-yes-word = yes
co-no-word = no
co-state-begun = step { $n } of { $total }
co-resume-at = You stopped at
co-resume = Continue this lesson
co-resume-begin = Begin this lesson
co-resume-step = Step { $n } of { $total }
co-resume-next = Next
co-record-lead = Kept in this browser only, never sent. To move, export it here and import it there.
co-export = Export a file
co-import = Import a file
co-imported = Imported { $n } lessons; of the same lesson the better score stays.
co-import-bad = The file was not imported, and your record is as it was: { $why }
co-import-unread = The file could not be read; your record is as it was.
co-erase = Erase the record
co-erase-ask = Erase everything this browser remembers of the course? It cannot be brought back.
co-erase-yes = Erase
co-erased = Erased.
co-record-none = Nothing yet. Open a lesson and finish a step, and it is noted here.
co-col-lesson = Lesson
co-col-steps = Steps
co-col-predictions = Predictions right
co-col-answers = Right at once
co-col-best = Best
co-col-time = Time
co-minutes = { $n } min
co-own-lesson = A lesson opened from a file
co-glossary-lead = Words with a dotted line in the lessons explain themselves under the pointer or when reached by Tab; Esc closes them.
co-glossary-n = { $n } terms
co-also = also: { $what }
co-open-lead = Lessons that others wrote run here too: choose a file, or give an https address. What is in it is shown as text; no script of it runs.
co-open-file = Choose a file
co-open-address = Address
co-open-go = Open
co-open-coming = Fetching { $what }
co-open-came = { $n } KiB so far.
co-open-cancel = Cancel
co-open-unread = Something in the file cannot be read; the line below tells its author where:
co-open-bad = This lesson cannot be opened
co-open-bad-note = Nothing was opened; the lab is as it was.
co-open-again = This lesson was opened from a file; after a reload the file has to be chosen again.
co-print-missing = There is no such lesson.

## The course: events, meters and fields
co-ev-acknowledged = a write is acknowledged
co-ev-alert_raised = an alert
co-ev-backup_began = a backup begins
co-ev-backup_ended = a backup ends
co-ev-backup_failed = a backup fails
co-ev-backup_pruned = a backup is pruned
co-ev-backup_restored = a backup is restored
co-ev-became_leader = a node becomes leader
co-ev-campaigned = a node stands for election
co-ev-checkpoint_loaded = a checkpoint is loaded
co-ev-checkpointed = a checkpoint is written
co-ev-client_moved = a client moves to another region
co-ev-committed = an entry is committed
co-ev-compacted = a compaction
co-ev-conf_changed = a change of members takes effect
co-ev-counts_synced = counts are synced
co-ev-deleted = a delete
co-ev-demoted = the old primary is demoted
co-ev-dns_changed = the name changes
co-ev-failed_back = fail-back is done
co-ev-fenced = the old one is fenced
co-ev-fsync_ended = fsync returns
co-ev-import_progress = the import gets on
co-ev-insert_began = an insert begins
co-ev-invariant_broken = an invariant is broken
co-ev-killed = a node is killed
co-ev-lease_expired = a lease expires
co-ev-link_cut = a link is cut
co-ev-link_healed = a link is healed
co-ev-log_dumped = the old log is dumped
co-ev-log_truncated = conflicting log is cut off
co-ev-lost_quorum = a leader finds it has lost its quorum
co-ev-media_damaged = bytes on disk are damaged
co-ev-network_healed = the network heals
co-ev-op_end = a client’s request ends
co-ev-opened = started from its disk
co-ev-partitioned = the network is partitioned
co-ev-paused = a node freezes
co-ev-power_cut = all power is cut
co-ev-pre_campaigned = a pre-vote begins
co-ev-promoted = the standby is promoted
co-ev-queried = a query
co-ev-recovered = recovery is done
co-ev-mistake_made = rows are deleted by mistake
co-ev-region_isolated = a region is cut off
co-ev-row_written = a region acknowledges a write
co-ev-region_lost = a region is lost
co-ev-region_returned = a region returns
co-ev-restarted = a node restarts
co-ev-resumed = a node thaws
co-ev-resynced = everything is synced again
co-ev-role_ended = an office ends
co-ev-role_taken = an office is taken
co-ev-route_failed = a request goes to a node that is down
co-ev-rule_switched = a rule is switched
co-ev-runbook_ended = the runbook ends
co-ev-sealed = a segment is sealed
co-ev-search_served = a search is answered
co-ev-searched = a search
co-ev-segment_assigned = a segment is assigned
co-ev-segment_loaded = a segment is loaded
co-ev-service_lost = service is lost
co-ev-service_restored = service is restored
co-ev-shipped = log reaches the standby
co-ev-snapshot_installed = a snapshot is installed
co-ev-step_ended = a step of the runbook ends
co-ev-stepped_down = a leader steps down
co-ev-torn_tail = a torn record is found
co-ev-trap_sprung = the planned power cut comes
co-ev-vote_granted = a vote is granted
co-ev-vote_refused = a vote is refused
co-ev-wal_corrupt = the log is found corrupt
co-ev-write_died = a write dies on its way
co-ev-write_lost = an acknowledged write is lost
co-ev-exited = a process exits without its lease
co-ev-order_ended = an order of the client is answered
co-ev-snapshot_made = a snapshot is taken
co-ev-snapshot_dropped = a snapshot is dropped
co-ev-snapshots_listed = snapshots are listed
co-ev-job_moved = an import or a restore gets on
co-ev-part_began = a part of a job begins
co-ev-job_shown = searches see the rows of a job
co-ev-rows_deleted = rows are deleted
co-ev-batch_ended = a batch of searches ends
co-ev-budget_exceeded = more is lost than the protocol can recover
co-ev-catalog_changed = collections change
co-ev-channel_replayed = the log is read
co-ev-client_stopped = the client stops
co-ev-clock_set = a clock is set
co-ev-config_taken = a configuration is applied
co-ev-delivered = a message arrives
co-ev-disk_fault = a disk misbehaves
co-ev-disk_full = a disk is full
co-ev-disk_lost = a disk is lost
co-ev-dropped = a message is lost
co-ev-election_timeout = an election timeout
co-ev-flush_began = a flush begins
co-ev-fsync_began = a sync begins
co-ev-index_built = an index is built
co-ev-insert_failed = a write fails
co-ev-link_clogged = a link is delayed
co-ev-op_retry = the client retries
co-ev-op_start = the client begins a request
co-ev-pod_ready = a pod is ready
co-ev-probe_missed = a health check fails
co-ev-read_end = a read ends
co-ev-recovery_began = recovery begins
co-ev-recovery_progress = recovery goes on
co-ev-region_link = the link between the regions changes
co-ev-repair_began = log repair begins
co-ev-repair_ended = log repair ends
co-ev-routes_refreshed = routes are refreshed
co-ev-runbook_began = a runbook begins
co-ev-sent = a message is sent
co-ev-snapshot_taken = a snapshot is taken
co-ev-step_began = a step of the runbook begins
co-ev-surprise_felt = a hidden fault takes effect
co-ev-surprise_prepared = a hidden fault is prepared
co-ev-taken_out = a pod is taken out
co-ev-transfer_began = a leadership transfer begins
co-ev-wal_appended = a record is written to the log
co-ev-wal_rotated = a new log file begins
co-ev-weather_changed = the network weather changes
co-ev-write_step = a write takes its next step
co-ev-objects_lost = the object store loses its segments
co-me-alive = engine alive
co-me-backlog = backlog
co-me-backups = backups
co-me-backups-bad = bad backups
co-me-backups-verified = backups verified
co-me-commit = commit index
co-me-cost = cost
co-me-cost-month = cost a month
co-me-cost-total = cost
co-me-counts-equal = counts equal
co-me-down_us = down for
co-me-equal = both sides equal
co-me-failed = requests failed
co-me-gap = positions missing in the stream
co-me-invariants-broken = invariants broken
co-me-lag_us = lag
co-me-leaders = leaders
co-me-links-cut = links cut
co-me-load-failed = load-test requests failed
co-me-load-ok = load-test requests answered
co-me-majority = majority
co-me-majority-need = nodes that a majority needs
co-me-majority-reachable = nodes that can be reached
co-me-name = the name points to
co-me-nodes-total = nodes
co-me-nodes-up = nodes up
co-me-pods-total = pods
co-me-pods-up = pods up
co-me-primary = primary
co-me-reads-failed = reads failed
co-me-reads-ok = reads answered
co-me-reads-stale = stale reads
co-me-recovering = engine recovering
co-me-refused = engine refused
co-me-regions-up = regions up
co-me-requests-begun = requests begun
co-me-requests-failed = requests failed
co-me-requests-ok = requests answered
co-me-requests-unknown = requests of unknown outcome
co-me-rows-acknowledged = rows acknowledged
co-me-rows-flushed = rows flushed
co-me-rows-lost = rows lost
co-me-rows-outstanding = rows outstanding
co-me-rows-unproven = rows unproven
co-me-rows-visible = rows visible
co-me-rpo_us = RPO
co-me-rto_us = RTO
co-me-rules-off = rules off
co-me-runbook-ok = runbook succeeded
co-me-runbook-running = runbook running
co-me-searches-failed = searches failed
co-me-searches-ok = searches answered
co-me-searches-total = searches
co-me-serving = serving
co-me-term = term
co-me-up-data_coord = data coordinators up
co-me-up-data_node = data nodes up
co-me-up-index_coord = index coordinators up
co-me-up-index_node = index nodes up
co-me-up-meta = metadata nodes up
co-me-up-mix_coord = mixed coordinators up
co-me-up-object_store = object store up
co-me-up-proxy = proxies up
co-me-up-query_coord = query coordinators up
co-me-up-query_node = query nodes up
co-me-up-root_coord = root coordinators up
co-me-up-streaming_node = streaming nodes up
co-me-up-wal = log nodes up
co-me-wal-bytes = bytes of log
co-me-wal-checkpoint_lsn = checkpoint LSN
co-me-wal-durable_lsn = durable LSN
co-me-wal-files = log files
co-me-writes-failed = writes failed
co-me-writes-lost = writes lost
co-me-writes-ok = writes acknowledged
co-me-writes-split = writes on both sides
co-fi-behind_us = how far behind it was
co-fi-boot = boots
co-fi-candidate = the candidate
co-fi-component = the component
co-fi-died = why it was lost
co-fi-failed = failed requests
co-fi-filter = the filter
co-fi-first_id = the first key
co-fi-lost = lost
co-fi-merged = writes merged
co-fi-moment = the moment
co-fi-name = the invariant
co-fi-ok = success
co-fi-on = the rule is on
co-fi-outstanding_rows = rows without an acknowledgement
co-fi-partial = segments were left out
co-fi-phases-decide = the time to decide
co-fi-phases-detect = the time to detect
co-fi-phases-dns = the time to move the name
co-fi-phases-election = the time of the election
co-fi-phases-lease_wait = the wait for the lease
co-fi-phases-rebuild = the time to rebuild the index
co-fi-phases-restore = the time to restore the backup
co-fi-phases-segment_load = the time to load segments
co-fi-position = the row that the import had reached
co-fi-recall_permille = recall
co-fi-records = log records
co-fi-region = the region
co-fi-role = the role
co-fi-rows = rows
co-fi-rto_us = RTO
co-fi-rule = the rule
co-fi-status = the result
co-fi-term = term
co-fi-took_us = the time it took
co-fi-unproven_rows = rows that nothing proves acknowledged
co-fi-votes = votes
co-fi-waited_us = the time it waited
co-fi-why = the reason
co-fi-word = the step
co-wd-already_voted = it has voted in this term
co-wd-backup_damaged = the backup is damaged
co-wd-digest_differs = the digests differ
co-wd-fail = failed
co-wd-info = no known result
co-wd-log_behind = the candidate's log is behind
co-wd-ok = succeeded
co-wd-skipped_by_sync = the sync skipped it
co-wd-verify-count = verify the count
co-wd-verify-digest = verify the digest

## Terms: words, the first of which is the proper one, and what they mean
gl-w-node = node
gl-d-node = One machine (or process) of a cluster, with its own memory, disk and clock. It can stop on its own.
gl-w-replica-set = replica set
gl-d-replica-set = A group of nodes that hold the same data and keep it the same by Raft.
gl-w-replica = replica|copy
gl-d-replica = One copy of the data.
gl-w-leader = leader
gl-d-leader = The one node of a term that takes writes and replicates the log to the others.
gl-w-follower = follower
gl-d-follower = A node that appends what the leader sends and votes; it starts no writes itself.
gl-w-candidate = candidate
gl-d-candidate = A node that has heard no leader for too long and asks for votes.
gl-w-term = term
gl-d-term = Raft’s logical clock: it rises with every election, and a term has at most one leader.
gl-w-vote = vote
gl-d-vote = A node gives one vote a term, and writes it to disk before it says so.
gl-w-election-timeout = election timeout
gl-d-election-timeout = How long a follower waits to hear a leader before it stands for election. It is random, so that not all begin at once.
gl-w-heartbeat = heartbeat
gl-d-heartbeat = The message a leader sends at intervals: I am still here.
gl-w-log = log
gl-d-log = Operations in order. Nodes that apply them in the same order have the same state.
gl-w-entry = log entry|entry|entries
gl-d-entry = One item of a Raft log, with its index and the term that wrote it.
gl-w-commit = commit|committed
gl-d-commit = An entry is on the disks of a majority, so every later leader has it.
gl-w-applied = applied
gl-d-applied = An entry has been carried out on the state machine and can be read.
gl-w-quorum = majority|majorities|quorum
gl-d-quorum = More than half of the nodes. Any two majorities share a node, so they cannot decide differently.
gl-w-split-vote = split vote
gl-d-split-vote = Several candidates stand at once, none gets a majority, and another round follows.
gl-w-split-brain = split brain
gl-d-split-brain = Two sides both think they are in charge and both take writes.
gl-w-partition = partition
gl-d-partition = The network falls into parts that cannot reach each other.
gl-w-pre-vote = pre-vote
gl-d-pre-vote = Before standing, a node asks whether it could win; without a majority of yeses it does not raise the term.
gl-w-check-quorum = check quorum
gl-d-check-quorum = A leader checks that it still reaches a majority, and steps down when it does not.
gl-w-read-index = read index|ReadIndex
gl-d-read-index = The leader confirms with a majority that it still leads, then reads: up to date, and nothing written to the log.
gl-w-lease = lease
gl-d-lease = A promise that holds for a time. If it is not renewed, somebody else may take over.
gl-w-epoch = epoch
gl-d-epoch = A number that rises with each holder of an office; requests with an older one are refused.
gl-w-learner = learner
gl-d-learner = A member that receives the log but does not vote, until it has caught up.
gl-w-snapshot = snapshot
gl-d-snapshot = The whole state at one moment; it stands in for the log before it.
gl-w-linearizable = linearizable|linearizability
gl-d-linearizable = As if there were one copy and every operation took effect at one instant: reads always see the latest.
gl-w-wal = write-ahead log|WAL
gl-d-wal = What is to be done is written to a log and made durable first; after a power cut it is done again from there.
gl-w-record = record
gl-d-record = One piece of a WAL: length, checksum, LSN, type, content.
gl-w-lsn = LSN|log sequence number
gl-d-lsn = Log sequence number: one a record, ever rising.
gl-w-fsync = fsync
gl-d-fsync = Asks the system to really put written bytes on the disk. Until it returns, nothing counts.
gl-w-durable = durable
gl-d-durable = It survives a power cut: fsync has returned.
gl-w-ack = acknowledged|acknowledge|acknowledgement
gl-d-ack = Telling the client that its write is done. Once said, it has to hold.
gl-w-torn = torn
gl-d-torn = A record that power failed in the middle of: its checksum does not fit, and recovery cuts the log there.
gl-w-checksum = checksum
gl-d-checksum = A number computed from the content; if one bit is wrong, it does not fit.
gl-w-checkpoint = checkpoint
gl-d-checkpoint = Everything up to here is stored elsewhere: recovery begins here, and older log can go.
gl-w-flush = flush
gl-d-flush = Seals segments in memory and writes them to files, so that the log behind them can go.
gl-w-segment-growing = growing segment
gl-d-segment-growing = A segment that still takes rows; it lives in memory and in the log.
gl-w-segment-sealed = sealed segment
gl-d-segment-sealed = A segment that changes no more: it can be written to a file, indexed and loaded elsewhere.
gl-w-delegator = delegator
gl-d-delegator = Where queries of a shard come in: it holds the growing data and asks the nodes that hold sealed segments.
gl-w-guarantee-time = guarantee timestamp|guarantee time
gl-d-guarantee-time = A query asks to see at least the writes up to this moment; a replica that is behind waits first.
gl-w-nlist = nlist
gl-d-nlist = Into how many clusters an IVF index sorts vectors.
gl-w-nprobe = nprobe
gl-d-nprobe = How many of the clusters a query looks into: more is more exact, and slower.
gl-w-recall = recall
gl-d-recall = How many of the true neighbours an approximate search finds.
gl-w-region = region
gl-d-region = A site in one city: it can be lost as a whole, and is far from the others.
gl-w-rto = RTO|recovery time objective
gl-d-rto = How long service is down until it is back.
gl-w-rpo = RPO|recovery point objective
gl-d-rpo = How far back the data goes that is lost.
gl-w-failover = failover|fail over
gl-d-failover = The primary is gone and the standby takes over: a switch nobody planned.
gl-w-switchover = switchover
gl-d-switchover = A planned change of the primary while both sides are well; nothing is lost.
gl-w-failback = fail-back|failback
gl-d-failback = Going back to the old primary once it is repaired.
gl-w-fencing = fencing|fenced
gl-d-fencing = Making sure that the old primary can write no more, before the new one takes office.
gl-w-drill = drill
gl-d-drill = Causing a failure on purpose, following the steps, and measuring RTO and RPO.
gl-w-backlog = backlog
gl-d-backlog = Log that is committed and has not reached the standby yet.
gl-w-digest = digest
gl-d-digest = Content boiled down to a short number; equal digests mean equal content.
gl-w-ttl = TTL|time to live
gl-d-ttl = For how long a cached answer, such as one of DNS, is not asked for again.
gl-w-run = run
gl-d-run = One simulation from one seed: the same seed and actions give the same to the last bit.
gl-w-seed = seed
gl-d-seed = Where random numbers begin; another one is another run.
gl-w-trace = trace
gl-d-trace = The events of a run, in order of time.
gl-w-invariant = invariant
gl-d-invariant = What must hold at all times; broken once, something is wrong.
gl-w-course-note = course note|course’s note|course notes
gl-d-course-note = Five notes of a course on how Milvus loses no data and stays in service. You need not know them: they are named where this lesson follows them, or where what was measured differs from what they say.

## The page’s first script (www/start.js) says these when the program cannot start: what happened, then what to do.
start-wait = Starting
start-slow = Still loading: { $kb } KB so far
start-title = The lab could not start
start-retry = Try again
start-own-tab = Open in a tab of its own
start-file = This page was opened as a file. From a file a browser loads no WebAssembly and starts no worker.
start-file-do = Serve the folder over HTTP and open the address that is printed: run “trunk serve” in the project, or any static server in this folder, such as “python3 -m http.server”.
start-sandbox = The page around this frame has taken its origin away (sandbox), so the browser loads no module and starts no worker here.
start-sandbox-do = The author of that page has to write sandbox="allow-scripts allow-same-origin". Until then, open the lab in a tab of its own.
start-old = This browser has no WebAssembly, or none with SIMD, so the engine cannot run.
start-old-do = Use a recent Chrome, Edge, Firefox or Safari. In Lockdown Mode on an iPhone, iPad or Mac, exclude this site from it.
start-csp = The content security policy of this site forbids what the lab needs ({ $detail }).
start-csp-do = The site has to allow script-src 'self' 'wasm-unsafe-eval', connect-src 'self' and worker-src 'self'. Tell its operator.
start-missing = The server does not have a file of the program (HTTP { $detail }).
start-missing-do = A new version may be on its way: try again in a minute. The site’s operator has to upload every file of the folder dist.
start-html = In place of a file of the program the server sent a web page.
start-html-do = If the network asks you to sign in, do so and try again. The site’s operator has to serve the files of dist as they are, not a page for every address.
start-type = The server sends the program's script as { $detail }; a browser runs it only as text/javascript.
start-type-do = The site’s operator has to give .js files the type text/javascript, and .wasm files application/wasm.
start-damaged = A file of the program came incomplete or damaged.
start-damaged-do = Try again. If it stays so, empty the browser's cache for this site; the site’s operator should upload the file once more.
start-mismatch = The program's files come from two different builds.
start-mismatch-do = A new version may be on its way: try again in a minute. If it stays so, empty the browser's cache for this site; the site’s operator should upload all of dist once more.
start-offline = A file of the program could not be fetched: the server does not answer.
start-offline-do = Check the connection, and whether an extension or a firewall blocks this site. Then try again.
start-stalled = The download has stopped: nothing has come for { $detail } seconds.
start-stalled-do = Check the connection, then try again.
start-texts = The program is here, but its texts could not be fetched.
start-texts-do = Check the connection, then try again. The site’s operator has to upload the folder texts as well.
start-part = The program is here, but a part of it could not be fetched.
start-part-do = Check the connection, then try again. The site’s operator has to upload every file of the folder dist.
start-crashed = The program stopped with an error while it started ({ $detail }).
start-crashed-do = Try again. If it stays so, try another browser and report the error with the address of this page.

## The engine’s worker, and storage
banner-no-worker-title = The engine's worker does not run
banner-no-worker = What was acknowledged as kept is in storage; what was in memory only, and what was under way, is gone. Open again to start another worker. { $why }
worker-absent = Its script (worker.js) could not be fetched or started.
worker-stale = Its script (worker.js) is of another version: reload the page, past the cache.
worker-silent = It has not answered in time.
worker-ended = It ended by itself.
banner-copy-title = You are looking at a copy
banner-copy = Time goes back only in a copy in memory: nothing you do here is stored, and the stored run stays at the moment where you left it.
banner-copy-back = Back to the stored run
banner-closed-title = The browser has closed the storage
banner-closed = Somebody cleared this site's data, the browser needed the space, or another tab deletes or upgrades this database. Writes from now on are in memory only and not durable. Open again to see what is still stored.
banner-silent-title = Storage does not answer
banner-silent = The browser has not opened the database in time. Data is in memory only. Close other tabs of this lab, or restart the browser, and open again.
## Refusals, a sentence a code (`err-` and the code).
err-bad-backup = This file is no whole backup; nothing was restored.
err-bad-conf = Membership cannot be changed like this: a single change names one node, a joint one at least one, and some voter has to stay.
err-bad-config = The configuration was not taken. { $detail }
err-bad-deed = This action's arguments do not fit; nothing was done.
err-bad-filter = The filter cannot be read. { $detail }
err-bad-import = An import's number is 1 to 1,000.
err-bad-index = There is no such index. Use FLAT, IVF_FLAT or HNSW, on a vector field.
err-bad-lesson = Something in the lesson's file is wrong. { $detail }
err-bad-link = Name both ends of the link; they have to be two nodes.
err-bad-metric = The metric does not fit: use L2, IP or COSINE, the same as the index.
err-bad-name = The name does not fit: begin with a letter or _, go on with letters, digits and _, at most 255 bytes.
err-bad-offset = That place is beyond the end of the file.
err-bad-params = A parameter of the index or search is missing or out of its bounds.
err-bad-report = This file is no drill report; nothing was imported.
err-bad-row = A row does not fit the collection's fields; none of the batch was written.
err-bad-rows = That many rows are not taken at once.
err-bad-run = The run to replay cannot be read; it was not opened.
err-bad-runbook = The runbook cannot be read. { $detail }
err-bad-runs = That many test runs are not allowed.
err-bad-schema = The collection's fields do not fit: one int64 primary key, at most one vector field.
err-bad-search = The search does not fit the collection: index and load it first, and give vectors of the field's dimension.
err-bad-seed = A seed is a whole number from 0 to 2^53 − 1.
err-bad-setting = The value of this setting is out of its bounds.
err-bad-window = limit and offset together may not be more than 16,384.
err-busy = A runbook is being carried out; try again when it has ended.
err-closed = The region's engine does not run now.
err-collection-exists = There is a collection of this name already.
err-collection-not-found = There is no such collection.
err-collection-not-loaded = The collection is not loaded: create an index, then load it.
err-damaged = The data is damaged and cannot be read.
err-disk-full = The disk is full; nothing was written.
err-dump-empty = The old primary's log ends at the checkpoint: there is nothing to dump.
err-dump-expired = The records after the checkpoint are past the retention of the log; there is nothing left to dump.
err-dump-log-replaced = The contents of a region were replaced after the promotion: the position means nothing any more.
err-dump-no-checkpoint = There is no checkpoint: no region was promoted by force while it was in step with the other one's log.
err-dump-out-of-reach = The old primary cannot be reached; bring it back first.
err-fixed-setting = This setting cannot be changed while the engine runs; set it before opening.
err-full = Too much waits to be committed; write again later.
err-index-exists = The collection has an index already.
err-index-not-found = The collection has no index.
err-interrupted = The demonstration ended, because something else was done meanwhile.
err-kept = A run that is kept on disk cannot go back in time; one in memory can.
err-loaded = The collection is loaded; release it before its index goes.
err-no-leader = No node leads at the moment; try again after the election.
err-no-lesson = What is open is no lesson.
err-no-runbook = There is no such runbook.
err-no-solution = This lesson has no demonstration.
err-no-such-choice = This step has no such choice.
err-no-such-file = The log has no such file; it may still be empty.
err-no-such-step = The lesson has no such step.
err-no-such-wait = There is nothing like this to wait for here.
err-no-sync = There is no replication; set sync_mode first.
err-nobody = No node is in that state now (there may be no leader yet, or nobody is down). Wait a moment and try again.
err-nobody-to-strike = At that time there was nothing to strike.
err-node-down = This node does not run; start it first.
err-node-paused = This node is paused already.
err-node-running = This node is not paused.
err-node-up = This node runs; stop it first.
err-not-applied = An operation that was shipped could not be applied in the standby region; shipping has stopped.
err-not-electable = This node leads already, or may not stand for election now.
err-not-in-this-lesson = This lesson does not do that yet; free play lifts this.
err-not-in-time = What was waited for did not happen in time. You can begin the lesson again.
err-not-leader = This node does not lead, and knows no leader.
err-not-paused = This node is not paused.
err-not-serving = The primary takes no writes now, not even mistaken ones. Wait until it is back, or switch over first.
err-other-topology = The stored data is of another kind of cluster; erase it to begin again.
err-other = This was refused (code { $code }).
err-out-of-range = A number is larger, or a time farther away, than the lab allows.
err-pending-conf = The last membership change is not finished yet; wait until it takes effect.
err-power-cut = The power failed and this was not answered; check after power-on.
err-recovering = The engine is recovering; try again when it has finished.
err-refuted = There is a run that shows otherwise.
err-region-down = This region is down.
err-region-up = This region is up.
err-settled = It has happened already; the prediction stands.
err-too-big = This write is larger than one record of the log can be. Split it into smaller ones.
err-too-large = That is more than the lab takes at once.
err-too-long = This takes too long and was stopped. You can begin the lesson again.
err-too-many-lessons = Too many lessons have been opened; reload the page and try again.
err-too-much = This many rows cannot be copied at once; try fewer.
err-transfer = Leadership is being handed over; try again when that is done.
err-unknown-action = There is no such action here.
err-unknown-field = The collection has no such field.
err-unknown-lesson = There is no such lesson. Choose one on the home page.
err-unknown-node = There is no such node.
err-unknown-preset = There is no such preset.
err-unknown-rule = There is no such rule.
err-unknown-scenario = There is no such scenario.
err-unknown-setting = There is no such setting.
err-unknown-topology = There is no such cluster. Use standalone, engine, replica-set:1 to replica-set:9, milvus or two-regions.
err-unknown-zone = There is no such zone.
err-bad-import-rows = An import takes 1 to 20,000 rows.
err-unsupported = The cluster that is open does not support this.
err-untold = The answer contains something that the page cannot read.
err-wal-corrupt = The log is damaged; the engine did not open it, and the data was left as it is.

## What is wrong with a damaged log.
damage-payload = its payload fails its checksum
damage-header = its header fails its checksum
damage-short = it is cut short, yet a later file exists
damage-missing-file = the log file before it is missing
damage-missing-record = a record before it is missing
damage-order = its records do not follow one another
damage-place = it belongs to another place or version
damage-other = its content does not fit the format
## Drills: the note's suites, grades, total time, every outage
drill-name-worker = Workers (the note's --test worker: proxy, then query node)
drill-name-suite = The note's whole suite in one cluster (--test all)
drill-name-load = Load, measured
drill-mean = mean latency { $ms } ms
drill-rto-short = RTO { $rto }
drill-total-time = total time { $took } (virtual)
drill-total-time-waited = total time { $took } (virtual), of which { $waited } gave the cluster time to recover
drill-grade = grade: { $grade }; the note asks for an availability above 99.9 %: { $verdict }
drill-grade-four-nines = four nines (99.99 %)
drill-grade-three-nines = three nines (99.9 %)
drill-grade-two-nines = two nines (99 %)
drill-grade-below = not good enough (< 99 %)
drill-outages = Every outage:
drill-outage = { $at }, { $cause }: RTO { $rto }, service lost { $times ->
        [one] once
       *[other] { $times } times
    }, over for good after { $settled }, { $failed ->
        [one] 1 request failed
       *[other] { $failed } requests failed
    }
drill-rto-class = this RTO is good enough for { $class }
drill-rto-class-critical = critical business (< 1 h; the note wants a drill every quarter)
drill-rto-class-important = important business (1–4 h; the note wants a drill every half year)
drill-rto-class-general = general business (4–24 h; the note wants a drill every year)
drill-rto-class-other = business that is not critical (> 24 h)
drill-rpo-class = this RPO is good enough for { $class }
drill-rpo-class-none = data of which nothing may be lost (0; the note pairs it with real-time sync)
drill-rpo-class-very-low = data with very low tolerance (< 1 h; the note pairs it with hourly backups)
drill-rpo-class-low = data with low tolerance (1–24 h; the note pairs it with daily backups)
drill-rpo-class-tolerant = data that tolerates loss (> 24 h; the note pairs it with weekly backups)

## Drills: the notes' figures with ours beside them
drill-notes-head = Beside the course's figures:
drill-notes-title = The figures of the course's notes with ours beside them, { $runs ->
        [one] one run
       *[other] { $runs } runs
    } each from seed { $seed }
drill-notes-foot = Note 1's figures depend on your own disk: measure them in the page, or with engine --dir.
drill-note-line = { $scenario } · { $what } (note { $note }): note: { $said } / ours: { $ours }{ $verdict }
drill-note-of = { $what } (note { $note })
drill-note-holds = , met
drill-note-fails = , missed
drill-page-notes = Beside the course's figures
drill-col-figure = Figure
drill-col-note = Note
drill-col-ours = Ours
drill-note-coordinator-total = searches, “expected output”
drill-note-coordinator-failed = failed searches, “expected output”
drill-note-coordinator-success = success rate, “expected output”
drill-note-coordinator-latency = mean latency, “expected output”
drill-note-coordinator-rto = RTO counted from the first failure, “expected output”
drill-note-coordinator-time = total time, “expected output”
drill-note-target-rto = RTO, “what is measured”
drill-note-target-failed = failed requests, “what is measured”
drill-note-target-availability = availability, “key points”
drill-note-node-failed = failed searches when a query node is killed, expected output of “how a lost replica is noticed”
drill-note-qps-1 = QPS of one replica, “load balancing”
drill-note-qps-3 = QPS of three replicas, “load balancing”
drill-note-write-cost = what three copies cost a write, “parallel and serial writes”
drill-note-write-parallel = a write to three copies in parallel, “parallel and serial writes”
drill-note-write-serial = a write to three copies one after the other, “parallel and serial writes”
drill-note-shop-1 = QPS of one replica under 1,000 users, “scene 2: recommendations”
drill-note-shop-5 = QPS of five replicas under 1,000 users, “scene 2: recommendations”
drill-note-ha-rto = RTO of high availability, “HA and DR”
drill-note-ha-rpo = RPO of high availability, “HA and DR”
drill-note-dr-rto = RTO of disaster recovery, “HA and DR”
drill-note-dr-rpo = RPO of disaster recovery, “HA and DR”
drill-note-rto-sum = example of an RTO (detect 5, start 10, restore 30, verify 10 min)
drill-note-rto-restore = the restore in the example of an RTO
drill-note-rpo-gap = example of an RPO (backup at 02:00 the day before, disaster at 15:00)
drill-note-real-time-rpo = RPO of real-time sync, “ways to sync”
drill-note-real-time-rto = RTO of real-time sync, “ways to sync”
drill-note-near-rpo = RPO of near-real-time sync, “ways to sync”
drill-note-near-rto = RTO of near-real-time sync, “ways to sync”
drill-note-periodic-rpo = RPO of periodic sync, “ways to sync”
drill-note-periodic-rto = RTO of periodic sync, “ways to sync”
drill-note-drill-rto = RTO of a drill, “the drill step by step”
drill-note-flow-rto = RTO, “targets”
drill-note-flow-rpo = RPO, “targets”

## Drills: reports over time
drill-trend-title = { $name }: { $n ->
        [one] 1 report
       *[other] { $n } reports
    }
drill-trend-line = { $label }: { $met } / { $runs } met, success rate { $rate } ({ $grade }), RTO mean { $rto }, max { $max }, RPO at worst { $rpo }, { $lost } lost
drill-trend-change = since the one before: success rate { $rate } percentage points, RTO { $rto }, RPO { $rpo }
drill-trend-none = There is no report in this folder; save one with drill … --save FOLDER
drill-trend-unreadable = { $file } is no report and was left out: { $error }

## Outages: what caused them
outage-cause-none = no fault (start-up, an overload, or a setting)
outage-cause-killed = { $node } killed
outage-cause-paused = { $node } paused
outage-cause-link-cut = a link of { $node } cut
outage-cause-partitioned = the side of { $node } cut off
outage-cause-power = power cut everywhere
outage-cause-wiped = region destroyed
outage-cause-isolated = region cut off
outage-cause-planned = planned switchover
outage-cause-many = { $what } and more, { $n } in all
outage-again = Service was lost { $n ->
        [one] once more
       *[other] { $n } more times
    } without another fault; over for good { $settled } s after the fault
outages-all = All outages: { $n }
outage-line = { $at } · { $cause }: RTO { $rto }, service lost { $times ->
        [one] once
       *[other] { $times } times
    }, { $failed } failed

## Milvus cluster: reports over time
mc-tr = Reports over time
mc-tr-s = The note asks for a full test every month, with its results kept and compared. Reports stay in this browser; those that the command line saves (drill --save) can be imported.
mc-tr-label = Date or name
mc-tr-keep = Keep this report
mc-tr-export = Export
mc-tr-import = Import
mc-tr-erase = Erase
mc-tr-none = No report has been kept yet.
mc-tr-kept = { $label } is kept
mc-tr-not-kept = It could not be kept: the browser does not let this page store anything
mc-tr-took = { $n ->
        [one] 1 report imported
       *[other] { $n } reports imported
    }
mc-tr-bad = { $file } is no drill report and was not imported
mc-tr-change = Change
mc-tr-grade = Grade
## Two regions: the configuration in words, alerts, runbook, handbook
rg-cfg-colon = :
rg-cfg-line = line { $line }
rg-cfg-place = line { $line }, column { $column }
rg-cfg-title = { $file }: what came of each key
rg-cfg-overridden = (--set or --preset gives another value, and that counts)
rg-cfg-w-too-long = it has { $bytes } bytes, and at most { $most } are read; take out what is not needed
rg-cfg-w-empty = nothing is in it; begin with “primary:”
rg-cfg-w-not-yaml = from here on this is not YAML: check the indent, the pairs of quotes and brackets, and the space behind each colon
rg-cfg-w-no-colon = a line says “key: value”, with a colon and a space
rg-cfg-w-tab = the line is indented with a tab; YAML wants spaces
rg-cfg-w-full-width = “{ $sign }” is a full-width sign; YAML wants “{ $wants }”, and a space behind a colon
rg-cfg-w-control = there is an invisible control character; take it out
rg-cfg-w-anchor = anchors, aliases and tags (&, *, !) are not read; write the value out
rg-cfg-w-second-document = a second document begins; there is one configuration
rg-cfg-w-no-keys = keys with values are wanted here, a line each
rg-cfg-w-key-is-no-word = a key is a word
rg-cfg-w-unknown-near = there is no such key; is “{ $near }” meant?
rg-cfg-w-unknown = there is no such key; there are { $known }
rg-cfg-w-twice = it stands in line { $line } already; take one of them out
rg-cfg-w-no-section = the section is missing; it needs { $needs }
rg-cfg-w-no-key = it is missing, and nothing runs without it
rg-cfg-w-no-value = there is no value; give one or take the line out
rg-cfg-w-no-scalar = one value is wanted here, no list and no keys
rg-cfg-w-quoted-number = “{ $said }” is a text; take the quotes away
rg-cfg-w-no-number = “{ $said }” is no whole number
rg-cfg-w-negative = it cannot be negative; it takes { $span }
rg-cfg-w-bounds = it takes { $span }, not { $said }
rg-cfg-w-no-flag = “{ $said }” is neither true nor false
rg-cfg-w-no-choice = “{ $said }” is none of { $words }
rg-cfg-w-no-text = “{ $said }” is no text; if it is a name, put quotes around it
rg-cfg-w-bad-word = “{ $said }” cannot be a name: up to 253 of a–z, 0–9 and . - _ : / @ are
rg-cfg-w-same-host = this is the primary's host too; a switch would lead nowhere
rg-cfg-o-changed = { $was } → { $now }, in force
rg-cfg-o-same = { $now }, as before
rg-cfg-o-implied = not in the file; as the note's program has it, { $was } → { $now }
rg-cfg-o-name = { $now }, a name
rg-cfg-o-name-changed = { $was } → { $now }, a name
rg-cfg-o-idle = { $now }, taken; it has no effect now: { $why }
rg-cfg-idle-no-standby = standby is cold, so nothing is there to follow
rg-cfg-idle-no-following = nothing follows
rg-cfg-idle-no-interval = this mode does not go by hours; periodic and counts do
rg-cfg-idle-no-log = no log is shipped
rg-cfg-idle-no-backups = backups are off (backup.enabled: false)
rg-cfg-idle-no-fencing = fencing is off, so there is no lease
rg-cfg-unread = The note's program does not read this key, its value stands in the code; here it is obeyed.
rg-cfg-key-primary-host = Host of the primary, which is Beijing here; nothing connects to it, commands show it.
rg-cfg-key-primary-port = Port of the primary; only shown.
rg-cfg-key-dr-host = Host of the standby, which is Shanghai here; nothing connects to it.
rg-cfg-key-dr-port = Port of the standby; only shown.
rg-cfg-key-backup-bucket = Name of the backup bucket; the bucket is simulated, commands show the name.
rg-cfg-key-backup-retention-days = Days that a backup is kept; older ones go.
rg-cfg-key-backup-enabled = Whether backups are made.
rg-cfg-key-backup-hour = Hour of the first backup.
rg-cfg-key-backup-every-hours = Hours between two backups.
rg-cfg-key-backup-full-every = One full backup in this many; the others are incremental.
rg-cfg-key-backup-verify = Whether a backup is read back after it was made.
rg-cfg-key-dns-zone-id = Zone of the name service; only shown.
rg-cfg-key-dns-domain = The name that clients use; it stands above the stage.
rg-cfg-key-dns-ttl = How long resolvers may keep an address. The note has 60 s in its code.
rg-cfg-key-sync-interval-hours = Hours between two syncs (periodic and counts).
rg-cfg-key-sync-mode = How the standby follows. The note's program compares counts every hour, which is counts; an interval without a mode means just that.
rg-cfg-key-monitoring-health-check-interval = Seconds between two health checks.
rg-cfg-key-monitoring-failure-threshold = After this many failures in a row the primary counts as gone.
rg-cfg-key-monitoring-timeout-ms = How long a check waits.
rg-cfg-key-monitoring-auto-switch = Whether the runbook begins by itself once the checks have failed.
rg-cfg-key-switching-fencing = Whether the old primary is fenced before a switch. The note does not fence.
rg-cfg-key-switching-lease-seconds = Length of the primary's lease; it stops acknowledging when that is over.
rg-cfg-key-switching-read-only-standby = Whether the standby is read-only until it is promoted, as with Milvus CDC; the note's takes writes.
rg-cfg-key-switching-log-retention-hours = How long the log is kept for a standby that is behind.
rg-cfg-key-alerts-mail = Whether alerts go out by mail (simulated, nothing is sent).
rg-cfg-key-alerts-sms = Whether alerts go out by text message (simulated).
rg-cfg-key-alerts-slack = Whether alerts go to Slack (simulated).
rg-cfg-key-alerts-wecom = Whether alerts go to a WeCom group (simulated).
rg-cfg-key-standby = What stands in the other region: cold nothing, warm a small cluster, hot one as large as the primary.
rg-cfg-load-note = Fill in note 5's file
rg-cfg-result = What came of each key
rg-cfg-not-yet = Once applied:
rg-channel-mail = mail
rg-channel-sms = text message
rg-channel-slack = Slack
rg-channel-wecom = WeCom
rg-alert-by = { $alert } ({ $channels }, simulated)
rg-alert-nobody = { $alert } (no channel is open: nobody is notified)
rg-alerts-how = Alerts go out by (simulated, nothing is sent): { $channels }
rg-alerts-none = No channel for alerts is open: nobody is notified. Open one under “Checks and people”.
rg-ev-config-keys = A configuration was taken: { $n } values changed: { $keys }
rg-ev-step-but = Step { $n } is done: { $step }, in { $time }. { $why }
rg-step-verify-backup = Verify the newest backup
rg-why-not-fenced = Nobody was fenced: the old primary cannot be reached, and there is no lease; it may still take writes.
rg-why-nothing-switched = Nothing was switched, so there is nothing to announce: promote the standby or move the name first.
rg-why-stopped = It was stopped by hand.
rg-evidence = held to the primary as of { $time }
rg-book-in-force = In force: { $name }
rg-book-own = your own
rg-book-draft = This is a draft and not in force. If something strikes now, the desk does “{ $name }”.
rg-book-chosen = “{ $name }” is chosen and in force.
rg-book-chosen-later = “{ $name }” is chosen; the run under way goes on as it was, the next one does this.
rg-failover-book = Runbook: { $name }
rg-preset-note = The note's world
rg-note-world = Why the note's five steps work here and not on Milvus CDC
rg-note-world-1 = In the note's world the standby takes writes without being promoted, nobody is fenced, rows are only added, counts are compared every hour, and the runbook is the note's five steps.
rg-note-world-2 = A standby of Milvus CDC is read-only until it is promoted. The note's five steps do not promote: the name moves, every write is refused, and the last step, “Check the service”, fails (not_promoted). Put “Promote” before the name moves.
rg-note-world-3 = Three more things are missing for a real system: the old primary may be out of reach and alive, and has to be fenced first (disaster=3 in the drills, which the note's world does not survive); counts see neither updates nor deletes; step 2 counts rows and does not know whether they are the right ones.
rg-note-world-src = Sources: course note 5; Milvus 2.6 docs, CDC: a secondary cluster is read-only.
rg-set-note_cleanup = Clean up by month (the note's way)
rg-set-runbook = Runbook
rg-set-alert_mail = Alerts: mail
rg-set-alert_sms = Alerts: text message
rg-set-alert_slack = Alerts: Slack
rg-set-alert_wecom = Alerts: WeCom
rg-set-price_bill_s = Billing unit of a machine on demand
rg-unit-0-the-drill-s-own-or-careful--1-course--2-careful--3-restore--4-switchover--5-forced = 0 default 1 note 2 careful 3 restore 4 planned 5 forced
rg-hb = Tables and commands of notes 4 and 5
rg-hb-s = The note's figures on the left, what follows from the present settings on the right; what has a drill can be played.
rg-hb-classes = Classes of business, how often to drill, and what these settings are good enough for
rg-hb-class = Class
rg-hb-note-rto = The note's RTO
rg-hb-note-rpo = The note's RPO
rg-hb-note-cost = The note's cost
rg-hb-drilled = Drilled · cron
rg-hb-here-rto = RTO here
rg-hb-here-rpo = RPO here
rg-hb-rto-critical = < 1 h
rg-hb-rto-important = 1–4 h
rg-hb-rto-normal = 4–24 h
rg-hb-rto-rest = > 24 h
rg-hb-drill-3 = every quarter
rg-hb-drill-6 = every half-year
rg-hb-drill-12 = every year
rg-hb-drill-none = not said
rg-hb-rto-sum = RTO = { $sum } = { $total }
rg-hb-rpo-sum = RPO at worst = { $sum } = { $total }
rg-hb-class-is = The strictest class that both are good enough for: { $class }
rg-hb-never = nothing is ever copied
rg-hb-counts-miss = By counts this RPO is that of added rows only; updates and deletes never arrive. Play dr-replication-counts to see how many are lost.
rg-hb-classes-s = This is arithmetic: it knows nothing of people who do not answer, damaged backups, resolvers that overstay, and clients that go on writing inside a region that is cut off. Only drills show those.
rg-hb-part-detect = detect
rg-hb-part-every = between backups
rg-hb-part-writing = writing one
rg-hb-part-latency = latency of the link
rg-hb-part-interval = between syncs
rg-hb-part-batch = a batch to arrive
rg-hb-losses = Classes of loss and how often backups are made
rg-hb-loss-zero = None: 0
rg-hb-loss-hour = Very low: < 1 h
rg-hb-loss-day = Low: 1–24 h
rg-hb-loss-week = Tolerant: > 24 h
rg-hb-often = The note's frequency
rg-hb-often-zero = real-time sync
rg-hb-often-hour = hourly backup
rg-hb-often-day = daily backup
rg-hb-often-week = weekly backup
rg-hb-worst = Lost at worst
rg-hb-kept = Kept
rg-hb-play = Drill
rg-hb-losses-s = The note takes the interval for the RPO. A backup counts once it is written, so the time of writing it comes on top: hourly backups do not keep “below 1 h”. Real-time sync is not 0 either: what is on the link when the power goes is lost.
rg-hb-layers = Three layers of cost: the note's and ours
rg-hb-other = The rest
rg-hb-month = A month in all
rg-hb-nodes = { $n } nodes, { $price }
rg-hb-rest = disks { $disks } · bucket { $bucket } · traffic { $link }
rg-hb-assume-1 = High: the standby is as large as the primary and ready at any time. Medium: the log comes every few minutes, so a small cluster runs all the time to take it in. Low: a batch every 6 hours; the machine is started for it and billed by the hour begun.
rg-hb-assume-2 = Disks are kept on both sides all the time; a GB over the link costs the same in whatever batches it comes; the primary's nodes are the same in all three and not listed.
rg-hb-assume-3 = The price of low: starting the machine takes an hour (warm_s), which is part of the RTO. With a batch every hour it is billed hour after hour, as if it ran all the time.
rg-hb-commands = Commands for these settings
rg-hb-what = What for
rg-hb-command = Command
rg-hb-cmd-cron = Backups by schedule (crontab)
rg-hb-cmd-sync-cron = Sync by schedule (crontab)
rg-hb-cmd-create = Make a backup
rg-hb-cmd-list = See what there is
rg-hb-cmd-restore = Restore at the standby, and rebuild indexes
rg-hb-cmd-delete = Delete an old backup
rg-hb-cmd-lifecycle = Let the bucket delete what is too old
rg-hb-cmd-note-create = As the note has it (does not work): there is no -p; bucket and folder stand in backup.yaml
rg-hb-cmd-note-cleanup = As the note has it (deletes too much): by month
rg-hb-cron-rounded = Cron cannot say “every { $hours } hours”, so this is rounded to whole days; to be exact let a program keep the time.
rg-hb-commands-s = A backup's name is letters, digits and underscores, and begins with no digit. Delete with delete, so that the tool's list and the bucket agree; a lifecycle rule needs the rootPath of backup.yaml as its prefix.
rg-hb-flags = -c/--colls worked in v0.5.9 and is deprecated in v0.5.16 in favour of --filter; -p was never an option of create (v0.1.0 to v0.5.16).
rg-hb-cleanup = What the note's cleanup leaves (day 1 is taken for 2024-01-01)
rg-hb-date = Date
rg-hb-pattern = Deleted that day
rg-hb-left = Backups left
rg-hb-wanted = There should be
rg-hb-cleanup-1 = The bug: the script takes year and month of the day 30 days ago for a pattern. On 31 January that is 1 January, so all of *202401* goes, last night's backup too.
rg-hb-cleanup-2 = The other way round, backups of a month whose days the script missed are never deleted.
rg-hb-cleanup-3 = To see it happen set note_cleanup=1 and run to day 31.
rg-hb-copies = Note 4's full copy, round by round
rg-hb-round = Round
rg-hb-primary = Primary count(*)
rg-hb-copied = Copied
rg-hb-standby = Standby count(*)
rg-hb-duplicates = Duplicates
rg-hb-ghosts = Deleted, still there
rg-hb-stale = Stale
rg-hb-skipped = Skipped
rg-hb-repeated = Read twice
rg-hb-counts-see = Counts would act
rg-hb-copy-1 = insert does not replace: every round puts the whole table in once more, and count(*) grows. Milvus's keys are not unique; a query shows one of the copies.
rg-hb-copy-2 = Deletes never arrive. Where rows before the offset go while it pages, rows behind them move up and are skipped; where rows come, some are read twice.
rg-hb-copy-3 = Note 5 compares counts: the standby has more rows, so it sees nothing to do. Shipping the log (CDC) has none of this.
rg-hb-copy-refused = The scan stopped at row 16,000: Milvus wants offset + limit ≤ 16,384, so nothing behind it is copied (measured on 2.3.5).
rg-hb-copy-go = Run 3 rounds
rg-hb-copy-big = Run with 17,000 rows
rg-hb-copy-s = Two real engines, 3,000 rows; between two pages the primary goes on inserting, updating and deleting.
rg-dr = The notes' drills
rg-dr-s = Played beside this run, with the drill's own settings.
rg-dr-which = Drill
rg-dr-runs = Runs
rg-dr-start = Start
rg-dr-survived = { $n } of { $of } met
rg-dr-worst = Worst RPO
rg-dr-median = RTO median
rg-dr-met = Met
rg-dr-lost = Lost
rg-dr-cost = A month
rg-dr-log = Log of seed { $seed }
drill-name-dr-note-drill = Note 5's drill (five steps)
drill-name-dr-rpo-classes = Classes of loss
drill-name-dr-rpo-zero = None: real-time sync
drill-name-dr-rpo-hour = Very low: hourly backup
drill-name-dr-rpo-day = Low: daily backup
drill-name-dr-rpo-week = Tolerant: weekly backup
drill-stage5-1 = Verify the newest backup
drill-stage5-2 = Verify the standby
drill-stage5-3 = Simulate the failure
drill-stage5-4 = Switch
drill-stage5-5 = Verify the service
drill-dr-log-5 = The drill's log, in note 5's five steps:
drill-step-but = done, but { $why }
drill-why-not-fenced = nobody was fenced: the old primary cannot be reached, and there is no lease
drill-why-nothing-switched = failed: nothing was switched; put “announce” behind the change of the name
drill-why-stopped = stopped by hand; see why before it is run again
rg-cfg-made-of = { $key }: a run is made of it; change it under “Settings”, which opens a new run.
rg-hb-copy = Copy
rg-hb-copy-done = Copied.
rg-hb-copy-not = The browser does not allow that; select the line and copy it.
rg-hb-would = yes
rg-hb-would-not = no
rg-hb-cmd-get = See what is in one
rg-why-evidence-old = It was held to the primary as of more than an hour ago; what was written since is not vouched for.
drill-why-evidence-old = it was held to the primary as of more than an hour ago; what was written since is not vouched for

## Invariants of two regions
inv-single_writer = One writer
inv-fenced_accepts_nothing = Fenced means stopped
inv-epochs_grow = Epochs grow
inv-acknowledged_is_durable = Durable before acknowledged
inv-durable_after_arrival = No write before it arrives
inv-applied_without_gaps = No gaps
inv-standby_equals_primary = Equal positions, equal contents
inv-position_within_source = Not ahead of the source
inv-deleted_stays_deleted = Deleted stays deleted
inv-survivor_not_lost = Survivors are not lost
inv-loss_reported_once = One report a loss
inv-backup_holds_its_claim = Backups hold what they claim
inv-restore_is_exact = A restore is exact
inv-resolver_keeps_to_ttl = Resolvers keep to the TTL
inv-link_within_capacity = The link has a capacity
inv-transfers_are_paid = Only what was carried arrives
inv-steps_in_order = Steps in order
inv-outage_adds_up = Outages add up
inv-rpo_agrees = One RPO
inv-cost_never_falls = Bills only grow
inv-salvage_complete = A dump is complete
invariant-single_writer = With fencing, at most one region takes writes at any time.
invariant-fenced_accepts_nothing = A region that was fenced, or whose lease is over, accepts no write.
invariant-epochs_grow = Every promotion has a newer epoch than all before it.
invariant-acknowledged_is_durable = A region acknowledges a write only after it is durable there.
invariant-durable_after_arrival = A write is durable in a region no earlier than its packets can have arrived there.
invariant-applied_without_gaps = A standby applies the records of the log one after the other and leaves none out.
invariant-standby_equals_primary = After the same record of the log both regions hold the same rows, and the engine shows what its log left.
invariant-position_within_source = A standby's position is never beyond the end of the log that it follows.
invariant-deleted_stays_deleted = A row that was deleted does not return through shipping, copying or merging.
invariant-survivor_not_lost = A write that a reachable region still shows is not reported as lost.
invariant-loss_reported_once = Every lost write is reported once.
invariant-backup_holds_its_claim = What is read back from a backup is what it claims to hold.
invariant-restore_is_exact = After a restore a region holds exactly the backup's rows.
invariant-resolver_keeps_to_ttl = A client goes where its resolver's cached address says until the TTL ends, whatever the name service says meanwhile.
invariant-link_within_capacity = A transfer takes at least its bytes divided by the capacity of the link.
invariant-transfers_are_paid = Nothing arrives in the other region that the link did not carry.
invariant-steps_in_order = A runbook's step begins only after all steps before it have succeeded.
invariant-outage_adds_up = The phases of an outage add up to its RTO, and it is over only when all clients are served again.
invariant-rpo_agrees = The RPO shown is that of the writes that are lost.
invariant-cost_never_falls = The bill never falls.
invariant-salvage_complete = A dump from the salvage checkpoint contains every acknowledged write that the new primary did not get.

## What broke an invariant of two regions: words and figures come from regions/src/checkers.rs
broke-rg_two_writers = Both regions take writes, although fencing is on
broke-rg_fenced_wrote = { $region ->
    [0] Beijing accepted write { $op } after it was fenced or its lease was over
   *[other] Shanghai accepted write { $op } after it was fenced or its lease was over
}
broke-rg_epoch_again = { $region ->
    [0] Beijing was promoted under epoch { $epoch }, and epoch { $before } was known already
   *[other] Shanghai was promoted under epoch { $epoch }, and epoch { $before } was known already
}
broke-rg_ack_not_durable = { $region ->
    [0] Beijing acknowledged write { $op }, which was never durable there
   *[other] Shanghai acknowledged write { $op }, which was never durable there
}
broke-rg_too_early = { $region ->
    [0] Write { $op } was durable in Beijing { $us } µs before it can have arrived there
   *[other] Write { $op } was durable in Shanghai { $us } µs before it can have arrived there
}
broke-rg_gap = { $region ->
    [0] Beijing applied record { $lsn } without { $n } records before it
   *[other] Shanghai applied record { $lsn } without { $n } records before it
}
broke-rg_states_differ = { $region ->
    [0] After record { $lsn } Beijing holds other rows than the primary did
   *[other] After record { $lsn } Shanghai holds other rows than the primary did
}
broke-rg_index_differs = { $region ->
    [0] The engine in Beijing shows other rows than its log left
   *[other] The engine in Shanghai shows other rows than its log left
}
broke-rg_ahead_of_source = The standby is at record { $applied }, and the primary's log ends at { $newest }
broke-rg_row_back = { $region ->
    [0] After write { $op } Beijing shows the row of write { $there }, which write { $gone } had deleted
   *[other] After write { $op } Shanghai shows the row of write { $there }, which write { $gone } had deleted
}
broke-rg_not_carried = { $region ->
    [0] Beijing applied record { $lsn }, and the link carried records only up to { $upto }
   *[other] Shanghai applied record { $lsn }, and the link carried records only up to { $upto }
}
broke-rg_copy_ahead = { $region ->
    [0] Beijing was filled up to record { $lsn } by a copy that began at record { $began }
   *[other] Shanghai was filled up to record { $lsn } by a copy that began at record { $began }
}
broke-rg_over_capacity = The link carried { $kb } kB in a time in which it can carry { $can } kB
broke-rg_lost_twice = Write { $op } was reported as lost twice
broke-rg_survivor = Write { $op } was reported as lost, and a region still shows it
broke-rg_other_rpo = The RPO shown is { $shown } µs; by the lost writes it is { $right } µs
broke-rg_dump_lacks = { $region ->
    [0] A dump of Beijing's log after record { $after } lacks write { $op }, which Shanghai did not get
   *[other] A dump of Shanghai's log after record { $after } lacks write { $op }, which Beijing did not get
}
broke-rg_backup_differs = Backup { $backup } does not hold what it claims
broke-rg_restore_differs = { $region ->
    [0] After the restore Beijing holds other rows than backup { $backup }
   *[other] After the restore Shanghai holds other rows than backup { $backup }
}
broke-rg_other_address = Client { $client } was sent elsewhere than its resolver has cached
broke-rg_not_delivered = { $region ->
    [0] Client { $client } has the address of Beijing and did not get there, although the way is open
   *[other] Client { $client } has the address of Shanghai and did not get there, although the way is open
}
broke-rg_step_out_of_order = Step { $step } of the runbook began before the steps before it had succeeded
broke-rg_not_through = A runbook of { $n } steps ended well without all of them
broke-rg_phases = The phases of an outage add up to { $sum } µs, and it took { $rto } µs
broke-rg_still_out = An outage was reported as over while client { $client } still failed
broke-rg_cheaper = The bill fell from { $before } to { $fen } fen

### What the source of a default says, by setting: names of products, files and settings stay as they are

mc-said-client_queries = no end (course note 3: 10 workers with 100 searches each)
mc-said-clients = 10 to 1,000 users
mc-said-compact_segments = Milvus 2.3: dataCoord.compaction.min.segment 3; 2.5: compaction.mix.triggerInterval 60 s
mc-said-consistency = the default level is Bounded
mc-said-control_plane = coordinators elect by Raft; Milvus 2.5 docs: active-standby by a key in etcd; Milvus 2.6 docs: one mixCoord
mc-said-coord_election_ms = the course names none; its example of a failover (note 2) loses three requests at one a second
mc-said-coord_heartbeat_ms = the course names none; see coord_election_ms
mc-said-dim = the course has 128; fewer make a thousand runs affordable and change no figure but recall
mc-said-drop_late = off, so that the work done for nobody can be seen (gRPC hands a caller's deadline on)
mc-said-ef = at least the limit (Milvus 2.5 docs, HNSW: ef from top k on)
mc-said-fencing = an epoch in every timestamp, checked by the log
mc-said-fsync_max_ms = see fsync_min_ms
mc-said-fsync_min_ms = small strict IndexedDB commits measured at 1.0 ms (p50) to 5.8 ms (p99)
mc-said-full_rows = 8 times seal_rows, as Milvus seals at 0.12 of dataCoord.segment.maxSize and merges what is below half of it (Milvus 2.5 docs, Configure: dataCoord.segment.smallProportion 0.5)
mc-said-index_min_rows = so that small collections show what an index does (Milvus 2.5 builds none below 1024 rows: indexCoord.segment.minSegmentNumRowsToEnableIndex)
mc-said-index_type = exact, so that what a fault takes away is not mixed with what an index misses; course notes 2 and 3 use IVF_FLAT
mc-said-keepalive_ms = client/v3/lease.go: a third of the lease
mc-said-link_mb_per_s = a network card of 1 Gbit/s
mc-said-metric = L2; note 3: COSINE for documents, IP for the shop
mc-said-nprobe = 10; note 3: 16 for documents
mc-said-partial_results = queryNode partial result is off unless it is asked for
mc-said-proxy_attempts = a failed request is seen as such (Milvus 2.5 retries on other replicas)
mc-said-raft_election_ms = Tuning: heartbeat-interval 100 ms, election-timeout 1000 ms
mc-said-raft_heartbeat_ms = Tuning: heartbeat-interval 100 ms, election-timeout 1000 ms
mc-said-routing = Milvus 2.5 docs: proxy.replicaSelectionPolicy look_aside
mc-said-active_standby = three of each (Milvus 2.5 and 2.6 docs, Coordinator HA: off unless activeStandby.enabled is set)
mc-said-index_coord = merged into the data coordinator (pull request 25958); it was a pod of its own before
mc-said-required_data_percent = any part (Milvus 2.6 source: queryNode.partialResultRequiredDataRatio 1, which is partial_results 0 here)
mc-said-dead_endpoint_ms = not at all (Milvus 2.5 docs: grpc.client.keepAliveTime 10000 ms, then keepAliveTimeout 20000 ms: up to 30 s)
mc-said-session_ttl_ms = common.session.ttl 30 s, as in 3.0 (source: 60 s once, 30 s in 2.3.5, 10 s in 2.6.0 to 2.6.5)
mc-said-log_kind = Pulsar, Kafka or Woodpecker (Milvus 3.0 docs, Woodpecker: by default embedded in the streaming node, over the object store)
mc-said-delegator = where every topology before 2.6 has them (Milvus 2.6 docs, Streaming Service, Query Delegator: in the streaming node of the WAL; with N replicas, N-1 of them in other streaming nodes)
mc-said-delegator_us = as a proxy, which does the same (proxy_us)
mc-said-woodpecker_ack_quorum = the write quorum is the ensemble of 3 (client.quorum.quorumSelectStrategy.replicas), the ack quorum half of it plus one
mc-said-woodpecker_put_ms = so that a write takes 200 to 500 ms (Milvus 2.6 docs, Woodpecker, MemoryBuffer)
mc-said-seal_rows = Milvus seals by size (2.5 docs: dataCoord.segment.maxSize 1024 MB × sealProportion 0.12)
mc-said-search_us = 100 QPS on one replica
mc-said-ttl_s = an hour, so that a run of days stays the size of one of hours (Milvus 2.5 docs: collection.ttl.seconds, off unless it is set)
mc-said-gc_tolerance_ms = a minute (Milvus 2.6 configuration: dataCoord.gc.dropTolerance 10800 s)
mc-said-job_timeout_s = an hour (Milvus source, import_checker.go: a job fails when its timeout is over)
mc-said-snapshot_pending_s = design document, Snapshots: dataCoord.gc.snapshotPendingTimeout 10 min
mc-said-import_part_rows = Milvus 2.6 configuration: dataCoord.import.filesPerPreImportTask 2, maxSizeInMBPerImportTask 16384
mc-said-import_rows_per_s = reported by a user of Milvus 2.5, discussion 50872: 641,000 rows of 2.5 GB in 759 s, mostly on one data node
mc-said-visit_percent = with segments this small nearly all of a search is not looking at vectors (Milvus 2.3.5 here: 2.5 to 3.7 ms a Bounded search of 11,000 rows)
mc-said-wal_replicas = Woodpecker: 3 replicas, acknowledged at n/2+1
mc-said-wal_serial = in parallel; serially only to compare
rg-said-alert_mail = mail, text messages, Slack and others
rg-said-alert_slack = mail, text messages, Slack and others
rg-said-alert_sms = mail, text messages, Slack and others
rg-said-alert_wecom = common in China; the note names mail, text messages and Slack
rg-said-backup_verify = the note's script does not
rg-said-client_timeout_ms = health check with timeout=5
rg-said-data_gb = 90 GB at 50 MB/s are the 30 minutes of course note 4
rg-said-decide_s = start 10 min, the disaster happening at 0 and the recovery begun at 15 min
rg-said-dim = the course has 128; fewer make weeks affordable
rg-said-fencing = neither note fences
rg-said-index_mb_s = indexes are not in a backup and are built again
rg-said-lease_s = common.session.ttl 30 s, taken over for regions
rg-said-link_latency_ms = Beijing to Shanghai, about 1,200 km of fibre and routers
rg-said-near_batch_s = near-real-time, RPO 5 to 15 min; 10 min and 5 min a batch
rg-said-near_interval_s = near-real-time, RPO 5 to 15 min; 10 min and 5 min a batch
rg-said-note_cleanup = aws s3 rm by month; off here, since it deletes backups that are still to be kept
rg-said-price_bill_s = machines on demand, billed by the hour begun
rg-said-price_bucket_fen = order of magnitude of list prices of Chinese clouds in 2025, in fen (1/100 yuan)
rg-said-price_disk_fen = order of magnitude of list prices of Chinese clouds in 2025, in fen (1/100 yuan)
rg-said-price_link_fen = order of magnitude of list prices of Chinese clouds in 2025, in fen (1/100 yuan)
rg-said-price_node_fen = order of magnitude of list prices of Chinese clouds in 2025, in fen (1/100 yuan)
rg-said-region_nodes = three copies
rg-said-respond_s = with 90 s of checks the 5 minutes of detection of course note 4
rg-said-restore_mb_s = restore 30 min; reckoned with 90 GB
rg-said-runbook = the five steps of course note 5
rg-said-standby_read_only = CDC: a secondary cluster is read-only; the notes' is not
rg-said-verify_s = verify 10 min

# The home page
home-live-still = This is a drawing. In a few seconds five real nodes will run here.
home-live-absent = This is only a drawing: the browser could not start a background worker, or the program did not arrive completely. “Start again” tries once more.
home-live-how = Five running nodes. Select a node to kill it, a dead node to bring it back, a link to cut or mend it.
home-live-runs = Five nodes are running, S{ $node } leads, and a client writes a row every half second. Click a node to kill it: try the leader first.
home-live-taken = S{ $down } is down. S{ $node } took over in term { $term }. Waiting for the first successful write.
home-live-over = S{ $down } is down. S{ $node } took over in term { $term }. Writes stopped for { $span }. Failed writes: { $failed }. Acknowledged writes lost: { $lost }.
home-live-follower = S{ $down } is down. It was a follower: S{ $node } still leads, and writes did not stop.
home-live-election = There is no leader now. The node whose election timer ends first asks for votes.
home-live-stuck = { $up } nodes are up, fewer than the majority of { $need }: nobody can be elected, and all writes stop. Click a dead node to bring it back, or start again.
home-live-kill = Kill the leader S{ $node }
home-live-kill-none = Kill the leader
home-live-again = Start again
home-live-lab = Go on in the lab
home-minute = What you can see in a minute
home-minute-plug = Write a thousand rows, pull the plug, see what the log has kept
home-minute-split = Split the network in two, see which half still writes
home-minute-region = Lose a region, see how much is lost and for how long
home-due = Three questions that are due
home-due-s = Wrong answers come first; right ones are asked again after 1, 3, 7, 16 and 35 days.
home-due-new-s = These are from the first lessons: give them a try. Once answered, they come back here when they are due.
home-due-coming = Fetching the question…
home-due-missing = The questions could not be fetched.
home-due-wrong = answered wrong
home-due-wrong-ago = { $n ->
    [one] answered wrong yesterday
   *[other] answered wrong { $n } days ago
 }
home-due-old = answered right before
home-due-old-ago = { $n ->
    [one] answered right yesterday
   *[other] answered right { $n } days ago
 }
home-due-new = not asked yet
home-paths = Pick a path
home-path-first = First time here
home-path-first-s = The first two lessons of each track. No background needed: see it happen.
home-path-call = On call soon
home-path-call-s = In a Milvus cluster: what falls, what takes over, how long it takes.
home-path-raft = Raft in depth
home-path-raft-s = Elections, logs, commits: turn off one rule after the other and watch.
home-path-n = { $done } of { $n } lessons · about { $minutes } min left
home-path-all = All { $n } lessons are done
home-path-next = Next
home-progress = { $done } of { $n } lessons done · { $minutes } of { $all } min

# Experiments and reports
nav-main = Main
nav-course = Course
nav-experiments = Experiments
nav-reports = Reports
drill-address = The report's address
home-x = Experiments
home-x-s = No lesson and no cluster has to be open: choose and run. Every result has an address.
home-x-failover = Failover tests
home-x-failover-s = Break one part of a Milvus cluster, search once a second, and see how long recovery takes, what fails and what is lost. Up to a thousand seeds.
home-x-disasters = Disaster drills
home-x-disasters-s = The course's drills in two regions: lose a region, switch by the runbook, see the outage, the loss and the cost.
home-x-load = Load test
home-x-load-s = One, three and five replicas, ten to a thousand clients: how much faster reads get, and what a write costs.
home-x-majority = Majority calculator
home-x-majority-s = How many nodes, in how many zones, how reliable each: how long in a year there is no majority.
home-x-seed = First seed
home-x-shape = Shape of the cluster
home-r = Reports
home-r-s = Finished tests and drills stay in this browser. Each report has an address: whoever opens it gets the same report, computed again.
home-r-none = There is no report yet. Run a test: its report will appear here.
home-r-seeds = Seeds
home-r-day = Date
home-r-erase = Clear the reports
home-r-page = Test report
home-r-unread = The report in this address cannot be read. It should look like this: scenario:seed=1,runs=10,setting=value.
home-r-again = Run it again
home-r-kept = This report was stored in the browser; nothing was computed.
home-r-worst = The worst run:
home-r-worst-replay = Replay this run
home-r-worst-open = Open the same seed
home-r-cells = Every run
home-r-cells-replay = A cell is a run; opening it replays it with the same settings, seed and faults. Arrow keys move between cells.
home-r-cells-open = A cell is a run; opening it shows a world with the same seed. The disaster and the runbook are up to you. Arrow keys move between cells.
home-r-cell-met = { $scenario }, seed { $seed }: targets met. RTO { $rto }, failed { $failed }, lost { $lost }
home-r-cell-missed = { $scenario }, seed { $seed }: target missed. RTO { $rto }, failed { $failed }, lost { $lost }

# Choices of free play
free-heartbeat = Heartbeat (ms)
free-election = Election timeout (ms)
free-client = The client writes from the start
free-kept = Kept in the browser
home-free-start = Start
home-set = Replica set
home-set-s = 1 to 51 nodes; seed, timeouts and client are up to you. The address opens the same for others.

# Splitting the network
split = Split the network in two
split-how = Draw a line on the empty part of the picture with the mouse: the nodes on its two sides are separated. Or choose one side here.
split-side = Nodes on one side
split-go = Split
split-mend = Mend all links
split-done = Split: { $a } on one side, { $b } on the other.
split-links = Cut the links that the line crossed: { $n }.
split-mended = All links carry messages again.

## The run in words
tw-who = Who leads? What is lost?
tw-tell = Tell the run as a story
conformance = Accessibility report (WCAG 2.2)
key-letters = Letters, digits and signs are shortcuts (switch this off if you dictate)
tw-at = At { $t }:
tw-told = { $t }: { $text }.
tw-and = { $a }; { $b }
tw-small = Besides, { $n ->
    [one] 1 vote, retry or lost message
   *[other] { $n } votes, retries and lost messages
 }.
tw-nobody = No node leads.
tw-leads = S{ $node } leads in term { $term }.
tw-leads-since = S{ $node } has led since { $t }, in term { $term }.
tw-leads-still = S{ $node } still takes itself for the leader, of term { $term }; it can commit nothing.
tw-down = Without power: { $nodes }.
tw-can-elect = { $reachable } of { $nodes } voters hear each other, and { $need } are enough to elect a leader.
tw-cannot-elect = Only { $reachable } of { $nodes } voters hear each other, and it takes { $need } to elect a leader.
tw-engine-runs = The engine runs.
tw-engine-reads = The engine is reading its log.
tw-engine-refuses = The engine refuses its log, which is damaged.
tw-engine-off = The engine has no power.
tw-since = That has been so since { $t }.
tw-rows = { $n } rows are acknowledged; a query sees { $visible }.
tw-pending = { $n } more are on their way: a power cut now would lose them, and nobody was promised anything.
tw-unproven = { $n } rows came back without proof that they had been acknowledged.
tw-served = Clients are served.
tw-unserved = Clients have not been served since { $t }; { $failed } requests have failed.
tw-served-again = Clients are served again; the last outage took { $rto }, and { $failed } requests failed.
tw-lost = Acknowledged writes that are lost: { $n }.
tw-lost-nothing = Nothing that was acknowledged is lost.
tw-excused = More was destroyed than any protocol can bring back; what is missing is lost.
tw-broken = { $n ->
    [one] An invariant is broken: { $name }.
   *[other] { $n } invariants are broken, first of all this one: { $name }.
 }

## A Milvus cluster in words
mc-tw-acts = Acting: { $pod }.
mc-tw-acts-since = Acting since { $t }: { $pod }.
mc-tw-nobody = Nobody acts as { $kind }.
mc-tw-down = Down: { $pods }.

## Two regions in words
rg-tw-leads = { $region } takes the writes.
rg-tw-leads-since = { $region } has taken the writes since { $t }.
rg-tw-nobody = No region takes writes.
rg-tw-unreachable = { $region } cannot be reached from outside.
rg-tw-dark = { $region } has no power.
rg-tw-dns = The name points to { $region }.
rg-tw-calm = There has been no disaster.
rg-tw-under-way = Disaster struck on { $t } and is not over; { $failed } requests have failed.
rg-tw-over = Disaster struck on { $t }; service was back after { $rto }, and { $failed } requests failed.
