# 多数派实验室：界面与实验的全部句子。课文在 lessons/ 里。

## 多数派
majority-can-elect = { $nodes } 个节点，多数派 { $need }，可达 { $reachable }：能选主
majority-cannot-elect = { $nodes } 个节点，多数派 { $need }，可达 { $reachable }：选不出领导者，还差 { $missing } 个
majority-single = 只有 1 个节点：它停了，服务就停了

## 品牌与外壳
brand = 多数派实验室
lang-switch = 切换到英文
lang-short = EN
theme-auto = 主题：跟随系统。点按切换
theme-light = 主题：亮色。点按切换
theme-dark = 主题：暗色。点按切换
help = 键盘帮助
close = 关闭
copy-link = 复制链接
copied = 已复制
copy-failed = 浏览器不让复制，请从地址栏复制
expand = 展开
crumb = 所在位置
free-play = 自由实验
tab-lesson = 课程
tab-instruments = 仪表
tab-recovery = 恢复
lesson-region = 课程
instruments-region = 仪表
timeline-region = 时间线
stage-region = 舞台
tools-region = 手里的故障
booting = 正在启动引擎
loading-store = 正在从浏览器的存储里读回数据：{ $done } / { $total }

## 首页
home-title = 亲手断电，看数据怎么活下来
home-lead = 预写日志、向量引擎和 Raft 副本组就在这个页面里真实运行。你来杀节点、切链路、拔电源，然后核对：应答过的数据，还在不在。
home-first = 开始第一课
home-free = 直接进自由实验
home-lessons = 课程
home-lessons-n = 现有 { $n } 课
home-minutes = 约 { $n } 分钟
home-open = 开始这一课
home-tolerance = 几个节点，能坏几个
tol-nodes = 节点
tol-majority = 多数派
tol-spare = 能坏
tol-picture = 图示
tol-note = 4 个节点和 3 个一样，只容得下坏 1 个：多出来的那个，把门槛也抬高了。
tol-row = { $nodes } 个节点，多数派 { $need }，能坏 { $spare } 个
home-real = 什么是真的，什么是简化的
real-wal = 真的：日志的每个字节、校验和、恢复过程。写入先进 IndexedDB（strict 持久化），才会应答。
real-raft = 真的：预投票、选举、复制、提交、快照、成员变更和读，照 Raft 论文实现，规则可以一条条关掉。同一个种子、同样的操作，结果逐位相同。
real-kill = 真的：拔电源就是当场终止后台线程；刷新页面、杀掉浏览器，也是一样的断电。
simple-time = 简化的：副本组的网络和时钟是模拟的，时间可以放慢、暂停、加快。
simple-disk = 简化的：五个节点的磁盘都在这一台电脑的浏览器里，关掉页面等于整个集群断电。
simple-not = 没做的：拜占庭故障。这里的节点会停、会忘、磁盘会坏，但不会存心骗人。

## 课程栏
step-n-of = 第 { $n } 步，共 { $total } 步
goals = 目标
goal-met = 已达成
goal-open = 未达成
hint = 提示
hint-n = 提示 { $n }
back = 上一步
next = 下一步
finish = 回首页
next-wait = 先达成这一步的目标；也可以直接往下看
all-done = 这一课的目标都达成了。
free-title-set = { $n } 个节点，随你折腾
free-title-one = 单机引擎，随你折腾
free-body-set = 这里没有题目。点一个节点或一条链路，再用下面的工具：杀掉、重启、冻结、切断。看多数派那句话怎么变，看谁来接班。
free-body-one = 这里没有题目。写入、查询、拔电源，再重新开机，看日志里留下了什么。
actions = 这一步的操作

## 课程操作
act-insert-1000 = 写入 1,000 行
act-query-first-ten = 查询 id < 10
act-insert-10000 = 再写 10 × 1,000 行
act-pull-plug = 拔掉电源
act-reopen = 重新开机
act-prove = 验证
act-kill-leader = 杀掉领导者
act-kill-three = 杀掉三个节点
act-restart-all = 全部重启
act-power-cut = 全体断电
no-leader = 现在没有领导者可杀
none-down = 没有停下的节点

## 工具
tool-kill = 杀掉
tool-restart = 重启
tool-pause = 冻结
tool-resume = 解冻
tool-cut = 切断
tool-heal = 接通
tool-client-off = 停客户端
tool-client-on = 开客户端
pick-target = 先选节点或链路
pick-keys = 数字键选节点，Tab 选链路
picked-node = 选中 S{ $node }
picked-node-up = 按 K 杀掉它
picked-node-down = 按 R 重启它
picked-link = 选中 S{ $a }–S{ $b }
picked-link-up = 按 X 切断
picked-link-cut = 按 X 接通

## 键盘
key-space = 运行 / 暂停
key-right = 前进一步
key-digits = 选中节点
key-k = 杀掉选中的节点
key-r = 重启选中的节点
key-x = 切断或接通选中的链路
key-f = 冻结或解冻选中的节点
key-p = 拔掉电源
key-speed = 放慢 / 加快
key-help = 打开这张表
key-esc = 取消选择，关闭窗口

## 节点
role-leader = 领导者
role-follower = 跟随者
role-candidate = 候选人
role-down = 已停机
role-recovering = 恢复中
role-refused = 日志损坏
role-paused = 已冻结
role-apart = 被隔开
role-leader-apart = 领导者 · 被隔开
role-syncing = { $role } · 落盘中
role-votes = 候选人 · { $n }/{ $of } 票
short-leader = 领导
short-follower = 跟随
short-candidate = 候选
short-down = 停机
short-recovering = 恢复
short-refused = 损坏
short-paused = 冻结
short-apart = 隔开
term-n = 任期 { $n }
term-short = 任期 { $n }
node-aria = S{ $node }，{ $role }，任期 { $term }，日志到 { $last }，已提交 { $commit }，已落盘 { $durable }
node-aria-apart = S{ $node }，{ $role }，与多数一侧不通，任期 { $term }，日志到 { $last }，已提交 { $commit }，已落盘 { $durable }
node-aria-down = S{ $node }，没有电，磁盘上的日志到 { $durable }
link-aria-up = S{ $a } 与 S{ $b } 之间的链路，通
link-aria-cut = S{ $a } 与 S{ $b } 之间的链路，已切断
link-aria-dead = S{ $a } 与 S{ $b } 之间的链路，有一端没有电
cluster-aria = { $n } 个节点的副本组
client = 客户端
client-every = 每 { $time } 写一次
client-off = 已停止写入
client-aria = 客户端，正把写入发给 S{ $route }；应答 { $ok }，失败 { $failed }，结果未知 { $unknown }
side-majority = 多数派一侧
side-majority-s = 可达 { $n }，够选主
side-none = 没有哪一侧够多数
side-none-s = 最多 { $n } 个连在一起，要 { $need } 个

## 消息
msg-vote = 求票
msg-vote-yes = 同意
msg-vote-no = 拒绝
msg-append = 追加 { $a }–{ $b }
msg-append-one = 追加 { $a }
msg-heartbeat = 心跳
msg-ack = 收到
msg-request = 写入
msg-response = 应答
legend-committed = 已提交
legend-open = 未提交
legend-durable = 已落盘
legend-heartbeat = 心跳
legend-append = 追加
legend-vote = 求票
legend-request = 请求
legend-yes = 同意
legend-region = 图例

## 仪表
inst-majority = 多数派
maj-nodes = { $n } 个节点，多数派 =
maj-reach = 现在可达
maj-yes = 能选主
maj-no = 选不出
maj-bracket = 多数派 = { $n }
maj-spare = 余量 { $n }
maj-missing = 还差 { $n }
maj-aria = 共 { $nodes } 个，可达 { $reachable } 个，需要 { $need } 个
inst-rto = RTO · 恢复用时
rto-target = 目标 < 15 s
rto-running = 计时中
rto-none = 还没有故障
rto-watching = 服务还没有受影响
rto-met = 达标
rto-missed = 超标
phase-detect = 发现
phase-election = 选举
phase-replay = 追平
phase-client-retry = 客户端重试
phase-lease-wait = 等租约到期
phase-segment-load = 加载数据段
phase-route-refresh = 刷新路由
inst-failed = 失败请求
failed-target = 目标 < 10
inst-lost = RPO · 丢了什么
lost-n = 条丢失
unknown-n = { $n } 条结果未知
lost-zero = 应答过的都在
inst-safety = 安全性质
safety-checked = 已查 { $n } 次
safety-broken = 被打破：{ $detail }
vital-failed = 失败
vital-rto = RTO
vital-rpo = RPO
inv-election_safety = 选举安全
inv-log_matching = 日志匹配
inv-leader_completeness = 领导者完备
inv-state_machine_safety = 状态机安全
inv-acknowledged_kept = 应答过的都在

## 时间
transport-play = 运行
transport-hold = 暂停
transport-step = 前进一步
speed = 速度
speed-aria = 速度，0.1 到 1,000 倍
speed-value = { $x } 倍
speed-reached = 实际 { $x }×
speed-waiting = 等落盘
time-aria = 虚拟时间 { $t }
timeline-aria = 时间线：到现在 { $t }，标记 { $n } 个
mark-kill = 杀 S{ $node }
mark-restart = 启 S{ $node }
mark-pause = 冻结 S{ $node }
mark-cut = 切 S{ $a }–S{ $b }
mark-heal = 通 S{ $a }–S{ $b }
mark-leader = S{ $node } 当选
mark-power = 断电
mark-boot = 开机
mark-insert = 写 { $n } 行
outage = 不可用
narration = 刚刚发生
narration-empty = 一切就绪，等你动手
narration-skipped = 另有 { $n } 件小事没有逐条列出
narration-more = 看全部
narration-list = 最近的事

## 事件
ev-opened-first = 实验开张：{ $nodes } 个节点，全新的磁盘
ev-opened-again = 第 { $boot } 次开机，从上次的磁盘接着来
ev-power-cut = 全部断电，没落盘的都没了
ev-killed = S{ $node } 断电，没落盘的都没了
ev-killed-one = 引擎断电，没落盘的都没了
ev-restarted = S{ $node } 通电，开始读自己的日志
ev-restarted-one = 引擎通电，开始读自己的日志
ev-paused = S{ $node } 冻结，内存还在
ev-resumed = S{ $node } 解冻
ev-link-cut = S{ $from } 到 S{ $to } 的链路断了
ev-link-healed = S{ $from } 到 S{ $to } 的链路通了
ev-wal-rotated = 换到新日志文件 { $file }，从 LSN { $lsn } 开始
ev-recovery-began = 开始恢复：{ $files } 个日志文件，共 { $bytes }
ev-torn = 尾部有一条撕裂的记录：声称 { $claimed } 字节，只有 { $found } 字节；已截掉
ev-corrupt = 日志文件 { $file } 偏移 { $offset } 处损坏：{ $why }。拒绝打开
ev-recovered = 回放完成：{ $records } 条记录，{ $rows } 行，用时 { $took }
ev-recovered-unproven = 回放完成：{ $rows } 行，其中 { $unproven } 行是否应答过无从证明
ev-recovered-node = S{ $node } 读完日志：{ $records } 条记录，到 LSN { $lsn }
ev-insert-began = 开始写入 { $rows } 行，id 从 { $first } 起
ev-acknowledged = { $rows } 行已落盘并应答，共 { $total } 行
ev-queried = 查询 { $filter } 返回 { $rows } 行
ev-queried-all = 查询返回 { $rows } 行
ev-flush-began = 开始刷盘：{ $segments } 个段，{ $bytes }，写成对象
ev-checkpointed = 检查点完成，到 LSN { $lsn }；删掉 { $files } 个日志文件，腾出 { $bytes }，用时 { $took }
ev-checkpoint-loaded = 读回检查点：到 LSN { $lsn }，{ $bytes }，{ $rows } 行
ev-sealed = 增长段封存，新的行进下一个段
ev-compacted = { $segments } 个段压实成一个，删除的行不再占地方
ev-index-built = 段 { $segment } 的索引建好：{ $rows } 行，用时 { $took }
ev-trap-sprung = 就在此刻断电：{ $moment }
ev-media-damaged = 介质出错：{ $file } 偏移 { $offset } 起的字节被改了
ev-disk-full = 磁盘满了：{ $bytes } 的记录放不下，没写，也没应答
ev-catalog = 目录变更：{ $change }
ev-deleted = 删除 { $keys } 个主键，已落盘
ev-import = 导入 { $rows } / { $total } 行（{ $percent }%），位置记在日志里
ev-searched = 搜索 { $vectors } 个向量，找到 { $rows } 行
change-create-collection = 建集合
change-drop-collection = 删集合
change-create-index = 建索引
change-drop-index = 删索引
change-load = 加载集合
change-release = 释放集合
moment-before-append = 写日志之前
moment-mid-record = 一条记录写到一半
moment-before-fsync = 写完、fsync 之前
moment-before-ack = fsync 之后、应答之前
moment-during-flush = 刷盘途中
moment-during-checkpoint = 写检查点清单途中
moment-during-recovery = 恢复途中
ev-election-timeout = S{ $node } 等了 { $timeout } 没有心跳，选举超时
ev-campaigned = S{ $node } 参选任期 { $term }
ev-vote-granted = S{ $node } 把任期 { $term } 的票投给 S{ $candidate }
ev-refused-stale = S{ $node } 拒绝了 S{ $candidate }：任期太旧
ev-refused-already = S{ $node } 拒绝了 S{ $candidate }：本任期的票已投给别人
ev-refused-behind = S{ $node } 拒绝了 S{ $candidate }：它的日志更旧
ev-leader = S{ $node } 以 { $votes }/{ $voters } 票当选任期 { $term } 的领导者
ev-stepped-down = S{ $node } 退回跟随者，任期 { $term }
ev-truncated = S{ $node } 丢弃与领导者冲突的日志，从 { $from } 起
ev-dropped-cut = { $from } 发给 { $to } 的{ $message }在断开的链路上丢了
ev-dropped-down = { $from } 发给 { $to } 的{ $message }没人收：对方没电
ev-op-retry = 客户端第 { $attempt } 次重试写入 { $op }，改找 S{ $to }
ev-op-fail = 写入 { $op } 失败，没有生效
ev-op-info = 写入 { $op } 结果未知：可能生效，也可能没有
ev-service-lost = 服务中断：第一个请求失败
ev-service-restored = 服务恢复：RTO { $rto }，期间失败 { $failed } 个请求
ev-invariant = 安全性质被打破：{ $name }
who-node = S{ $node }
who-client = 客户端

## 单机：日志
wal-files = 日志文件
wal-files-s = 站在横线上的已落盘。共 { $bytes }，到 LSN { $lsn }
wal-files-aria = { $files } 个日志文件，共 { $bytes } 字节，已落盘到 LSN { $lsn }
wal-empty = 还没有日志。写入第一批数据，这里就有字节了
wal-file-records = { $n } 条记录
wal-durable-line = 持久线
wal-more-files = 前面还有 { $n } 个文件
wal-bytes-s = 每个字节都是真的
wal-offset = 偏移
wal-meaning = 含义
wal-loading = 正在读日志
wal-durable-at = 持久线 { $offset }
wal-torn = 撕裂
wal-record = 记录 { $lsn }
wal-nav-back = 往前一屏
wal-nav-fwd = 往后一屏
wal-nav-tail = 回到末尾
wal-gone-title = 撕裂的记录
wal-gone = 文件 { $file } 偏移 { $offset }：记录头声称 { $claimed } 字节，断电时只到 { $found } 字节。它从没应答过，开机时已截掉，不算丢数据。
wal-zoom-aria = 从偏移 { $offset } 起的 { $n } 个字节；持久线在 { $durable }
field-file_header = 文件头
field-magic = 魔数
field-version = 版本
field-length = 长度
field-kind = 类型
field-lsn = LSN
field-durable_lsn = 已应答到
field-epoch = 纪元
field-payload_sum = 载荷校验
field-header_sum = 头校验
field-rows = 行数
field-rows_front = 归属
field-keys = 主键列
field-int64 = 整数列
field-double = 浮点列
field-bool = 布尔列
field-varchar = 文本列
field-float_vector = 向量列
field-delete = 删除的主键
field-catalog = 目录变更
field-segments = 段变更
field-manifest = 清单
field-hard_state = 任期与投票
field-entries = 日志条目
field-flags = 标志
field-shape = 形状
field-boot = 开机次数
field-torn = 撕裂

## 单机：行
rows-where = 数据现在在哪
rows-n = { $n } 行
rows-acknowledged = 已应答
rows-acknowledged-s = 先落盘，后应答
rows-visible = 能查到
rows-visible-s = count(*)
rows-unproven = 无从证明
rows-unproven-s = 数据完整，但没有应答过的证据
rows-pending = 写入中
rows-submitted = 已提交请求
rows-region = 各类行数
insert-progress = 写入进度
insert-idle = 没有正在写入的数据
insert-of = / { $n } 行
insert-aria = 已应答 { $done } 行，共 { $total } 行
recovery-progress = 恢复进度
recovery-none = 还没有恢复过
recovery-bytes = 读取 { $done } / { $total }
recovery-records = 回放 { $n } 条记录
recovery-took = 引擎内 { $time }
recovery-wall = 读存储 { $load } ms，回放 { $replay } ms
recovery-clean = 尾部完整，没有要截掉的
recovery-torn = 截掉撕裂的尾部：声称 { $claimed } 字节，只有 { $found }
recovery-corrupt = 中段损坏，拒绝打开
power = 拔掉电源
power-s = 此刻有 { $n } 没落盘
power-s-clean = 此刻没有未落盘的字节
power-aria = 拔掉电源：当场终止后台线程
reopen = 重新开机
reopen-s = 从浏览器的存储里恢复
unplugged = 没有电了
unplugged-last = 断电前一刻：已应答 { $acknowledged } 行；{ $pending } 行还在路上，没有应答。
unplugged-last-clean = 断电前一刻：已应答 { $acknowledged } 行，没有正在写的。
unplugged-promise = 重新开机后，已应答的必须都在；没应答的可能在，也可能不在，但不会冒充应答过。
verdict-kept = 断电前应答了 { $before } 行，现在查到 { $now } 行：一行没少。
verdict-lost = 断电前应答了 { $before } 行，现在只有 { $now } 行：少了 { $n } 行。
verdict-memory = 断电前应答了 { $before } 行，都在内存里，没有存下来：现在 { $now } 行。
verdict-extra = 另有 { $n } 行写进了日志却没来得及应答，标为「无从证明」。
verdict-dropped = 断电时在路上的 { $n } 行没有留下，它们从没应答过。
proof = 四项核对
proof-run = 验证
proof-running = 正在核对
proof-none = 点「验证」，让引擎自己报数
proof-count = 行数 count(*)
proof-samples = 抽样，与写入的逐位比较
proof-samples-v = { $n } / { $of }
proof-range = id 范围
proof-range-v = [{ $first }, { $last }]
proof-range-gap = 有缺口：{ $n } 行，跨度 { $span }
proof-dims = 向量维数
proof-sample-title = 十条样本
proof-vector-title = id { $id } 的向量，{ $n } 维
proof-vector-aria = 向量的 { $n } 个分量，从 { $min } 到 { $max }
proof-failed = 核对不了：{ $error }
sample-id = id
sample-text = 文本
query-title = 查询结果
query-rows = { $filter } 返回 { $n } 行
store-figures = 延迟与吞吐
store-commit = 从写出到落盘的用时，在这个浏览器里实测
store-rate = 每秒 { $rows } 行，{ $mb } MB
store-rate-memory = 每秒 { $rows } 行，只在内存里
store-rate-none = 写入以后才有数字
store-dots = 最近 { $n } 次提交，最慢 { $most } ms
store-commits = { $n } 次提交，{ $bytes }
store-note = p50 是一半的提交不超过的时间，p99 是百分之九十九。

## 单机：引擎
engine-title = 写入的路
engine-note = 先进日志，再进内存里的段；刷盘以后才是对象
engine-deeds = 对引擎做什么
engine-off = 引擎断电了，内存里的都没了；日志和对象还在盘上。
engine-off-s = 通电，从检查点和日志里恢复
path-wal = 日志 WAL
path-growing = 增长段
path-sealed = 封存段
path-flushed = 对象
path-memory = 在内存里，靠日志重建
path-flushed-s = 在盘上，{ $bytes }
path-empty = 现在是空的
path-off = 没有电，内存是空的
path-off-objects = 没有电；通电后从盘上读回
path-no-log = 还没有日志文件
path-more = 前面还有 { $n } 段
path-lsn = 检查点到 LSN { $checkpoint }，已落盘到 { $durable }
segment-n = 段 { $n }
segment-size = { $rows } 行，{ $bytes }
segment-deleted = 删 { $n }
segment-indexed = 有索引
import-at = 导入 { $n } / { $total } 条，{ $percent }%
import-go-on = 接着导入：从第 { $n } 条起
trap = 断电时刻
trap-armed = 到这一刻就断电
trap-none = 不断电
act-flush = 刷盘
act-search = 搜最近的 10 行
act-delete-hundred = 删 id < 100
act-compact = 压实
act-import-100000 = 导入 100,000 条
act-flip-bit = 翻转日志里一位
act-restart-engine = 给引擎通电
act-crash-before-append = 写日志之前断电
act-crash-mid-record = 记录写到一半断电
act-crash-before-fsync = fsync 之前断电
act-crash-before-ack = 应答之前断电
act-crash-during-flush = 刷盘途中断电
act-crash-during-checkpoint = 写检查点途中断电
act-crash-during-recovery = 恢复途中断电
act-measure-batches = 测批大小
act-measure-recovery = 测恢复
notice-power-cut = 断电了，这次没有应答：可能写进去了，也可能没有。通电后核对。
notice-compact = 没有哪一段删掉了两成以上的行，不用压实。
notice-delete = 没有 id < 100 的行可删。
search-title = 搜索结果
search-rows = 离 id { $id } 的向量最近的 { $n } 行，L2 距离
sample-distance = 距离

## 测量
measure-batches-title = 一批写多少行
measure-recovery-title = 恢复要多久
measure-here = 在这个浏览器里实测，墙上时钟；正开着的实验不受影响
measure-running = 正在测
act-measure-stop = 停下测量
measure-stopped = 没测完就停了，已有的数字仍然有效。
measure-failed = 测不下去：{ $error }
measure-batch = 批大小
measure-batch-n = { $n } 行一批
measure-rows-s = 行/秒
measure-rows = 行数
measure-log = 日志
measure-read = 读存储
measure-replay = 回放
measure-index = 建索引
measure-single = 单行写入
measure-mean = 平均
measure-key-here = 这里
measure-key-milvus = Milvus 2.3.5，双核机器
measure-batches-say = 1,000 行一批，是 100 行一批的 { $x } 倍快：一次 fsync 由更多的行分摊。
measure-single-say = 一行一行写 { $n } 次，每次都等到应答：平均 { $ms } ms，几乎全在等落盘。
measure-source = 对照：课程在双核机器上测的 Milvus 2.3.5 单机版（批量取中位数）。机器不同，只比形状，不比高低。
measure-recovery-say = { $n } 行，读回加回放共 { $ms } ms，每秒 { $rate } 行；日志越长，恢复越久。索引另外重建。
measure-recovery-milvus = 对照：课程测的 Milvus 2.3.5 单机版，kill -9 之后要 34.7–38.6 s 才回来，跟数据多少无关：它在等 etcd 的会话过期（session.ttl 30 s）。

## 备份
backup-title = 备份
backup = 下载备份
backup-note = 一个文件，装着盘上所有的日志、段和清单。也可以把备份文件拖进页面来恢复。
restore = 恢复备份
restore-checking = 正在内存里试开这份备份
restore-bad = 备份文件读不出来，什么都没有动。
restore-bad-at = 备份文件在偏移 { $offset } 处读不通，什么都没有动。
restore-corrupt = 备份里第 { $file } 个日志文件（从 0 数）在偏移 { $offset } 处损坏，什么都没有动。
restore-ask = 试开成功：里面有 { $n } 行。恢复后，这个实验现在的数据会被它取代。
restore-torn = 末尾有一条撕裂的记录，会截掉。
restore-yes = 用它取代
restore-no = 不恢复

## 存储
kept-title = 数据放在哪
kept-on = 存进浏览器
kept-off = 只在内存
kept-on-s = 应答前先写进 IndexedDB（strict）。拔电源、关页面都还在，慢一些。
kept-off-s = 跑多快是多快。关掉页面，数据就没了。
kept-change = 切换会重新打开实验；浏览器里已存的不会动。
erase = 清空存储
erase-ask = 清空后，这个实验存下的数据就回不来了。
erase-yes = 确定清空
erase-no = 不清空
storage-durable = 数据存在浏览器里
storage-memory = 数据只在内存里
storage-unknown = 正在看数据放哪

## 告示
banner-region = 告示
banner-memory-title = 数据只在内存里
banner-memory = 这是你选的。关掉页面或拔掉电源，数据就没了。
banner-texts-title = 需要的文件没能取来
banner-texts = 页面仍是原来的样子，正在运行的不受影响。请检查网络后再试。
banner-texts-retry = 再试一次
banner-missing-title = 浏览器没有 IndexedDB
banner-missing = 数据无处可存，只在内存里；关掉页面就没了。换一个浏览器，或退出受限模式再打开。
banner-denied-title = 浏览器不让存
banner-denied = 无痕模式或第三方页面里的存储被拒绝了，数据只在内存里。在独立的标签页里打开，就能存下来。
banner-full-title = 存储满了
banner-full = 之前应答过的都已存好；从现在起的写入只在内存里，不算持久。清空这个实验，或给浏览器腾出空间。
banner-failed-title = 存储写不进去
banner-failed = 之前应答过的都已存好；从现在起的写入只在内存里，不算持久。重新打开可以再试。
banner-other-tab-title = 另一个标签页正在写这份数据
banner-other-tab = 一份数据同时只能有一个写入者。这里的运行只在内存里，不影响那边。
banner-taken-over-title = 写入权被另一个标签页接走了
banner-taken-over = 接走之前应答过的都已存好；这里之后的写入只在内存里。
banner-take-over = 接过来写
banner-newer-title = 存着更新版本的数据
banner-newer = 这份数据是更新的版本写的，这里没有动它。请用那个版本打开；这里的运行只在内存里。
banner-panicked-title = 引擎出错停了
banner-panicked = 已存下的数据停在最后一次提交，没有损坏。重新打开就从那里恢复。错误：{ $message }
banner-refused-title = 打不开这份数据
banner-refused = { $error } 数据原样保留，没有改动。
banner-reopen = 重新打开
banner-denied-open = 在新标签页打开
notice-refused = 没有做：{ $error }

## 单位
unit-bytes = { $n } B
unit-kb = { $n } KB
unit-mb = { $n } MB

## 命令行
cli-swarm = { $seeds } 个种子，{ $events } 个事件，{ $seconds } 秒虚拟时间，核对 { $operations } 次操作：发现 { $violations } 处违例
cli-help =
    quorum-lab：多数派实验室，不带网页

    quorum-lab drill --list [--json]
        列出演练
    quorum-lab drill SCENARIO [--seed S] [--runs N] [--set NAME=VALUE …] [--json] [--trace FILE] [--lang zh|en]
        跑演练并打印报告；--trace 把第一次运行的每个事件写成一行 JSON
    quorum-lab drill SCENARIO --settings [--json]
        列出 --set 能改的设置、默认值和出处
    quorum-lab engine [--dir 文件夹]
        单独的向量数据库：读一行 JSON，答一行 JSON；给了 --dir 就落在真文件上
    quorum-lab raft
        手动驱动一个 Raft 组：读一行 JSON，答一行 JSON；没有哪一行要求的事，就不会发生
    quorum-lab swarm [--seeds A..B] [--events N] [--break 规则] [--json] [--lang zh|en]
        成批的种子，每个带自己的一串故障，逐一核对不变量（不含 B）；给了 --break 就关掉一条规则，直到有什么被破坏
    quorum-lab check-history [文件]
        判断一份客户端操作历史（每个操作一行 JSON）是否可线性化；不是的话，说出矛盾在哪

    退出状态：0 一切正常，1 有目标没达到、历史不可线性化或不变量被破坏，2 输入用不了
drill-title = 演练 { $scenario }，共 { $runs } 次
drill-seed = 种子 { $seed } · 摘要 { $digest }
drill-queries = 请求 { $total }：成功 { $ok }，失败 { $failed }，成功率 { $rate } %
drill-latency = 延迟：p50 { $p50 } ms，p95 { $p95 } ms，p99 { $p99 } ms
drill-no-outage = 没有请求失败：服务没有中断
drill-no-return = 服务没有恢复
drill-rto = RTO { $ms } ms，其中
drill-rpo = 丢失 { $lost } 条已应答的写入（共应答 { $acknowledged } 条）
drill-target-met = 达标：{ $name } = { $value }（限 { $limit }）
drill-target-missed = 未达标：{ $name } = { $value }（限 { $limit }）
drill-runs-met = { $runs } 次里有 { $met } 次全部达标
drill-rto-spread = RTO（ms）：{ $figures }
drill-phase-detect = 发现
drill-phase-election = 选举
drill-phase-replay = 追平
drill-phase-client-retry = 客户端重试

## 拒绝的话：键名去掉 refused-、横线换下划线，就是给程序的代码
refused-nothing-open = 现在没有打开任何实验。
refused-unplugged = 电源拔掉了，这个操作没有结果；重新打开后再核对它是否生效。
refused-reopened = 实验重新打开了，这个操作没有结果；请核对它是否生效。
refused-panicked = 引擎出错停了，这个操作没有结果；重新打开后再核对它是否生效。
refused-no-worker = 浏览器不让启动后台线程，引擎跑不起来。
refused-unknown-lesson = 没有这一课。
refused-no-program = 这要用到完整的程序，没能取来：请检查网络后再试。
refused-no-texts = 文字没能取来：请检查网络后再试。
refused-unknown-op = 不认识这个操作。
refused-bad-arguments = 参数读不懂。
refused-store-damaged = S{ $node } 的日志文件 { $file } 在偏移 { $offset } 处缺了一段。
refused-store-unreadable = 存储读不出来（{ $why }）。
refused-wal-corrupt = 日志文件 { $file } 在偏移 { $offset } 处损坏：{ $why }。

## 更多工具
tool-more = 更多
more-pick = 先选一个节点，就能动它的磁盘，或让它参选、接班。
tool-campaign = 让它参选
tool-transfer = 让它接班
tool-damage = 弄坏磁盘
tool-wipe = 换成空盘
weather-title = 网络
weather-calm = 网络平稳
weather-loss = 丢包 10%
weather-duplicate = 重复 10%
weather-reorder = 乱序 10%
role-learner = 学习者 · 不投票
role-impaired = 修复中 · 不投票
short-learner = 学习
short-impaired = 修复
badge-impaired = 修复中，不投票：它可能忘了自己承诺过什么
maj-joint = 联合配置：旧的 { $old } 和新的 { $new } 都要各自过半。

## 更多消息
msg-prevote = 预投票
msg-append-no = 接不上
msg-heartbeat-resp = 心跳应答
msg-snapshot = 快照
msg-timeout-now = 即刻参选
msg-read-index = 问读位置
msg-read-index-resp = 读位置
msg-propose = 转交写入
msg-recover = 求修复
msg-recover-resp = 修复应答

## 更多事件
ev-clogged = S{ $from } 到 S{ $to } 的链路堵住 { $time }
ev-weather-calm = 网络恢复平稳
ev-weather = 网络变差：丢包 { $loss }，重复 { $duplicate }，乱序 { $reorder }
ev-disk-lost = S{ $node } 的磁盘整个没了，换上空盘
ev-disk-fault = S{ $node } 的磁盘：{ $fault }
fault-bit_flip = 有一位翻转了
fault-zero = 有一段读出来全是零
fault-stale = 有一次写入其实没发生
fault-misdirect = 有一次写入落错了地方
fault-lie = 从此谎报 fsync，什么都没落盘
fault-honest = fsync 恢复如实
ev-clock-right = S{ $node } 的时钟恢复正常
ev-clock = S{ $node } 的时钟漂移 { $drift }，跳变 { $jump }
ev-rule-on = 规则「{ $rule }」打开
ev-rule-off = 规则「{ $rule }」关掉
ev-budget = 毁掉的太多，任何协议都救不回来。从这里起，少了的算丢失，不算打破
ev-refused-alive = S{ $node } 拒绝了 S{ $candidate }：刚听到过领导者
ev-refused-impaired = S{ $node } 拒绝了 S{ $candidate }：自己还在修复，不投票
ev-dropped-lost = { $from } 发给 { $to } 的{ $message }在路上丢了
ev-precampaigned = S{ $node } 先做预投票，问能不能赢下任期 { $term }
ev-lost-quorum = S{ $node } 听不到多数派了，不再当任期 { $term } 的领导者
ev-snapshot-taken = S{ $node } 做了快照，到日志 { $index }
ev-snapshot-installed = S{ $node } 装上领导者的快照，到日志 { $index }
ev-conf = 成员变更生效（S{ $node }）：投票的是 { $voters }
ev-conf-learners = 成员变更生效（S{ $node }）：投票的是 { $voters }，学习者 { $learners }
ev-conf-joint = 进入联合配置（S{ $node }）：旧的 { $outgoing } 和新的 { $voters } 都要过半
ev-transfer = S{ $node } 把领导权交给 S{ $to }
ev-repair-began = S{ $node } 丢了一部分日志，开始修复，先不投票
ev-repair-ended = S{ $node } 修复完成，到日志 { $index }，恢复投票

## 不变量：短名，再是一句话
safety-n-broken = { $n } 条不变量被打破
safety-excused = 毁掉的超出了任何协议能救回的。从这里起，少了的算丢失，不算打破。
banner-invariant-title = 不变量被打破：{ $name }。
banner-invariant-more = { $detail }；另有 { $n } 条也破了
banner-invariant-show = 看清单
inv-leader_append_only = 领导者只追加
inv-committed_durable = 提交即落盘
inv-committed_agree = 提交一致
inv-states_equal = 状态一致
inv-hard_state_monotonic = 任期不倒退
inv-one_membership_change = 成员一次一变
inv-replay_exact_prefix = 回放不走样
inv-linearizable = 线性一致
inv-leader_hears_quorum = 领导者听得到多数
inv-progress = 多数在就有进展
invariant-election_safety = 同一个任期里，至多选出一个领导者。
invariant-log_matching = 两份日志在某个位置的任期相同，那么到这里为止的内容全都相同。
invariant-leader_completeness = 已提交的条目，之后每个任期的领导者都有。
invariant-state_machine_safety = 同一个位置，各节点应用的是同一个条目。
invariant-leader_append_only = 领导者从不改写、从不删除自己的日志。
invariant-committed_durable = 条目算作提交时，多数派的磁盘上已经有它。
invariant-committed_agree = 同一个位置，各节点认定提交的是同一个条目。
invariant-states_equal = 应用到同一个位置后，各节点的状态完全相同。
invariant-hard_state_monotonic = 任期、投票和提交位置不会倒退，也不会被忘掉。
invariant-one_membership_change = 上一次成员变更生效之前，不会有下一次。
invariant-replay_exact_prefix = 重启后读回来的日志，正是当初写下的一段前缀，不多不少不走样。
invariant-acknowledged_kept = 应答过客户端的写入，不会消失。
invariant-linearizable = 客户端看到的全部读写，能排成一个合乎先后的顺序。
invariant-leader_hears_quorum = 听不到多数派的领导者，会在时限内自己下台。
invariant-progress = 多数派连得上、跑得动时，很快会有领导者，写入会被应答。

## 规则
rules-title = Raft 的规则
rules-all-on = { $n } 条都开着
rules-off = 关了 { $n } 条
rules-lead = 每条规则都有来历。关掉一条，看哪条不变量会垮。
rules-on = 全部打开
rule-is-off = 已关
rule-breaks = 没有它，垮的是「{ $invariant }」：{ $sentence }
rule-vote_once = 一个任期只投一票
why-vote_once = 一票两投，两个候选人就可能在同一个任期里都拿到多数。
rule-persist_vote = 投票先落盘
why-persist_vote = 任期和投票只记在内存里，重启一忘，同一个任期就会再投一次。
rule-log_up_to_date = 只投给日志不旧的人
why-log_up_to_date = 日志旧的人当选，会拿旧日志盖掉已提交的条目。
rule-strict_majority = 多数派要过半
why-strict_majority = 只要一半的话，两半可以各选各的领导者。
rule-commit_current_term_only = 只数本任期的副本
why-commit_current_term_only = 旧任期的条目就算多数节点都有，也可能被后来的领导者盖掉；要等本任期的条目提交，才能一并算数。
rule-append_consistency_check = 接得上才追加
why-append_consistency_check = 不核对前一条就接收，日志中间会留下缺口或岔路。
rule-truncate_only_on_conflict = 有冲突才截断
why-truncate_only_on_conflict = 迟到的旧追加会让跟随者剪掉后面已经确认过的条目。
rule-step_down_on_higher_term = 见到更高任期就让位
why-step_down_on_higher_term = 不肯让位的旧领导者，会在别人的任期里接着当领导者。
rule-fence_deposed_leader = 不收旧领导者的条目
why-fence_deposed_leader = 收下旧任期的条目，就会盖掉新领导者已经提交的内容。
rule-commit_bounded_by_match = 只提交核对过的部分
why-commit_bounded_by_match = 跟随者自己的尾巴可能和领导者不同，提交到那里，应用的就是另一条。
rule-check_quorum = 听不到多数就下台
why-check_quorum = 被隔开的领导者不知道自己已经过时，会一直当下去，让客户端白等。
rule-randomised_timeouts = 选举超时随机
why-randomised_timeouts = 大家同时超时、同时参选，票总是平分，一轮接一轮选不出来。
rule-read_index_quorum = 读之前确认还是领导者
why-read_index_quorum = 不问过多数派就读，过时的领导者会读出旧值。
rule-read_after_own_commit = 新领导者先提交再读
why-read_after_own_commit = 刚当选时还不知道提交到了哪里，马上读会漏掉已应答的写入。
rule-lease_bounded = 租约早于选举结束
why-lease_bounded = 租约比选举超时还长，或不计时钟漂移，别人当选后它还在凭租约读。
rule-one_conf_change = 成员变更一次一个
why-one_conf_change = 两次变更叠在一起，新旧两边的多数派可以不相交。
rule-persist_before_answering = 落盘之后再答应
why-persist_before_answering = 先答应后落盘，一断电，承诺过的条目就没了。
rule-fsync_before_ack = fsync 结束才算落盘
why-fsync_before_ack = 写进系统缓存不等于写到磁盘，断电后只剩 fsync 过的。
rule-checksum_on_replay = 回放时核对校验和
why-checksum_on_replay = 不核对，坏掉的字节会被当成条目读回来。
rule-repair_before_voting = 修复好之前不投票
why-repair_before_voting = 丢过日志的节点忘了自己确认过什么，马上投票会选出缺条目的领导者。
rule-apply_once = 重试只生效一次
why-apply_once = 客户端没等到应答会重发；不去重，一次写入就生效两次。

## 找打破它的故障序列
hunt-begin = 找一个打破它的故障序列
hunt-all = 规则不关，也找找看
hunt-again = 接着往后找
hunt-stop = 停
hunt-searching = 正在找
hunt-found-shrinking = 找到了，正在缩短
hunt-tried = 试了 { $n } / { $of } 个故障序列，{ $events } 个事件
hunt-shrinking = 找到了，正在缩短：还剩 { $deeds } 步，试过 { $n } 个更短的
hunt-none = 试了 { $n } 个故障序列、{ $events } 个事件，没有打破任何不变量。只说明这些里面没有，不是证明。
hunt-found = 第 { $n } 个故障序列打破了「{ $invariant }」。
hunt-schedule = 缩到最短：{ $nodes } 个节点，种子 { $seed }，{ $n } 步
hunt-replay = 从头重放
hunt-link = 它的链接
replay-title = 重放
replay-n-of = 第 { $n } / { $total } 步
replay-begin = 停在开头。点「运行」，或一步一步走。
replay-off = 关掉的规则：{ $rule }
banner-run-title = 链接里的故障序列读不懂。
banner-run = { $error }

## 故障序列里的动作
deed-kill = 断掉 S{ $node } 的电
deed-kill-torn = 断掉 S{ $node } 的电，没落盘的留下 { $bytes } 字节
deed-restart = 重启 S{ $node }
deed-crash-loop = S{ $node } 反复断电 { $times } 次，间隔 { $every }
deed-pause = 冻结 S{ $node }
deed-resume = 解冻 S{ $node }
deed-wipe = 给 S{ $node } 换成空盘
deed-disk = S{ $node } 的磁盘：{ $fault }
deed-clock = S{ $node } 的时钟漂移 { $drift }，跳变 { $jump }
deed-campaign = 让 S{ $node } 参选
deed-transfer = 让 S{ $node } 接班
deed-take-snapshot = S{ $node } 做快照
deed-power-cut = 全体断电，再通电
deed-cut = 切断 S{ $from }–S{ $to }
deed-cut-one-way = 单向切断 S{ $from } → S{ $to }
deed-partition = 隔开 { $side }
deed-heal = 接通所有链路
deed-clog = 堵住 S{ $from } → S{ $to }，{ $time }
deed-conf = 成员变更：{ $changes }
deed-conf-joint = 经联合配置变更：{ $changes }
deed-conf-leave = 离开联合配置
change-add = 加入 S{ $node }
change-remove = 移除 S{ $node }
change-learner = S{ $node } 当学习者
hunt-no-deeds = 一步都不用做：这个种子里消息的先后，就足够打破它。
replay-own = 没有要做的动作，只看消息的先后

## 打破不变量的是什么：名字和数字由 src/sim/checkers.rs 给出
broke-two_leaders = 任期 { $term } 有两个领导者：S{ $leader } 和 S{ $node }
broke-leader_lacks = S{ $node } 当上了任期 { $term } 的领导者，日志里却没有已提交的第 { $index } 条
broke-voted_twice = 任期 { $term } 里，S{ $node } 投给了 S{ $candidate }，而它已经投过别人
broke-forgot_term = S{ $node } 重启后回到任期 { $back }，忘了自己在任期 { $term } 里说过的话
broke-forgot_commit = S{ $node } 重启后提交位置是 { $index }，落盘的却是 { $durable }
broke-other_entry = S{ $node } 的第 { $index } 条（任期 { $term }）和别的节点不一样
broke-leader_removed = S{ $node } 身为领导者，删掉了自己从第 { $index } 条起的日志
broke-open_changes = S{ $node } 身为领导者，有 { $n } 次成员变更同时没走完
broke-misread = S{ $node } 重启后读回的第 { $index } 条，从来没有人写过
broke-read_short = S{ $node } 重启后只读回 { $n } 条，落盘的有 { $durable } 条
broke-commit_back = S{ $node } 的提交位置从 { $before } 退回到 { $index }
broke-few_copies = 第 { $index } 条算作已提交，{ $voters } 个有投票权的节点里只有 { $n } 个落了盘
broke-other_committed = S{ $node } 认定已提交的第 { $index } 条，和别的节点认定的不是同一条
broke-removed_committed = S{ $node } 删掉了已提交的第 { $index } 条：{ $voters } 个有投票权的节点里还剩 { $n } 个有它
broke-other_applied = S{ $node } 应用的第 { $index } 条，和别的节点应用的不是同一条
broke-other_state = 应用完第 { $index } 条，S{ $node } 的状态和别的节点不一样
broke-never_applied = 第 { $op } 号写入应答过了，却从来没有被应用
broke-acknowledged_gone = 应答过的写入丢了 { $n } 个，头一个是第 { $op } 号
broke-no_order = 关于寄存器 { $key } 的应答，排不出合理的先后
broke-deaf_leader = S{ $node } 还在当领导者，可它已经 { $ticks } 个时钟周期没听到多数派了

## 重放的左栏
replay-lead = { $nodes } 个节点，种子 { $seed }，照着一份定好的故障序列从头再跑。同一个链接每次跑出来都一样，一个事件也不差。
replay-deeds = { $n ->
    [0] 什么故障也不用制造：消息的先后自己就够了。
   *[other] 一共 { $n } 个动作，什么时候做了哪一个，列在「仪表」里。
}
replay-rule = 关掉的规则：{ $rule }
replay-no-rule = 规则全都开着，一条也没关。
replay-found = 搜索找到的
replay-found-this = 打破了「{ $invariant }」：{ $sentence }
replay-watch = 看什么
replay-watch-safety = 点「运行」，或一步一步走，盯住「安全性质」里的「{ $invariant }」。它变红的那一刻，上面会说是哪个节点、哪一条。再退回去几步，看是哪些消息把它引到那里的。
replay-watch-progress = 点「运行」，盯住客户端那一行：没有一个节点做错事，只是再也没有写入被应答。哪条安全性质都不会因此变红，要看的是下面那行「活性」。
replay-watch-any = 点「运行」，或一步一步走，看「安全性质」里有没有哪一条变红。

## 活性：多数派在线且连得上，却一直没有应答
liveness = 活性，不是安全性质
liveness-stalled = 多数派都开着机、互相连得上，却已经 { $n } 秒没有一次写入被应答。
