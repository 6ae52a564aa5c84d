"""Trials of real servers on this machine: `cargo xtask test-milvus` runs them.

    trial.py all --server milvus|lite --data DIR --port PORT --lab PROGRAM --out FILE   everything
    trial.py ours --data DIR --lab PROGRAM --out FILE                                   the flips, on our own engine
    trial.py crash --data DIR                                                           kill -9 and start again

Runs in a virtual environment with pymilvus and the server's package, and needs nothing else. It only ever kills the
server that it started itself, by the process group that it wrote into DIR/trial.json, and talks to 127.0.0.1 alone.
"""

import argparse
import glob
import json
import logging
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

# pymilvus writes every failed request of a crash into the log.
logging.disable(logging.CRITICAL)
HOST = "127.0.0.1"
DIM = 8
# The longest that a server may take to answer after a start. 2.3.5 takes 35 to 55 s.
PATIENCE_S = 180


def say(*words):
    print(*words, file=sys.stderr, flush=True)


# ---- the server as a process


def state_file(data):
    return os.path.join(data, "trial.json")


def load_state(data):
    with open(state_file(data), encoding="utf-8") as file:
        return json.load(file)


def command_of(server, data, port):
    """How a server is started, and in which environment."""
    environment = dict(os.environ)
    if server == "lite":
        program = os.path.join(os.path.dirname(sys.executable), "milvus-lite")
        return [program, "server", "--data-dir", os.path.join(data, "lite"), "--port", str(port)], environment
    # The package's launcher looks for a free port and may take another one after a crash, so only its first start is
    # the launcher's, which unpacks the program and writes the configuration. Later starts are the program's own.
    home = os.path.join(data, "milvus")
    binary = os.path.join(home, "bin", "milvus")
    if not os.path.exists(os.path.join(home, "configs", "milvus.yaml")):
        program = os.path.join(os.path.dirname(sys.executable), "milvus-server")
        return [program, "--data", home, "--proxy-port", str(port)], environment
    environment.update(
        DEPLOY_MODE="STANDALONE",
        METRICS_PORT="9091",
        MILVUS_RUN_DIR=os.path.join(home, "run"),
        LD_LIBRARY_PATH=os.path.join(home, "bin"),
    )
    return [binary, "run", "standalone"], environment


def start(server, data, port):
    os.makedirs(os.path.join(data, "milvus" if server == "milvus" else "lite"), exist_ok=True)
    command, environment = command_of(server, data, port)
    home = os.path.join(data, "milvus") if server == "milvus" else data
    with open(os.path.join(data, "server.log"), "ab") as log:
        process = subprocess.Popen(
            command, cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )
    with open(state_file(data), "w", encoding="utf-8") as file:
        json.dump({"server": server, "port": port, "group": process.pid}, file)
    return process


def kill(data):
    """kill -9 for the whole process group of the server, and nothing else."""
    state = load_state(data)
    try:
        os.killpg(state["group"], signal.SIGKILL)
    except ProcessLookupError:
        pass
    # Until its port is free, nobody else can have it.
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, state["port"])) != 0:
                return state
        time.sleep(0.05)
    raise SystemExit("the server's port is still in use after kill -9")


def crash(data):
    state = kill(data)
    start(state["server"], data, state["port"])


# ---- the server as seen by a client


class Client:
    """One collection of rows whose contents follow from their keys."""

    def __init__(self, port):
        from pymilvus import MilvusClient

        self.make = lambda timeout: MilvusClient(uri=f"http://{HOST}:{port}", timeout=timeout)
        self.client = None

    def answered(self, ask, patience_s=PATIENCE_S):
        """Repeats a request until it is answered; how long that took, and what it gave."""
        began = time.monotonic()
        while True:
            try:
                if self.client is None:
                    self.client = self.make(3)
                return time.monotonic() - began, ask(self.client)
            except Exception as error:
                if "in state 'released'" in str(error):
                    # milvus-lite forgets what was loaded; its clients have to load again.
                    self.load_again()
                self.client = None
                if time.monotonic() - began > patience_s:
                    raise TimeoutError(f"no answer within {patience_s} s: {error}") from error
                time.sleep(0.1)


    def load_again(self):
        for name in self.client.list_collections():
            self.client.load_collection(name)


def vector(key, dim=DIM):
    draw = random.Random(key)
    return [round(draw.random(), 6) for _ in range(dim)]


def create(client, name, dim=DIM):
    client.create_collection(
        name, dim, primary_field_name="id", id_type="int", vector_field_name="vector", metric_type="L2",
        auto_id=False,
    )


def rows_of(client, name, end):
    """All rows of a collection, by key."""
    found = {}
    for first in range(0, end, 1000):
        rows = client.query(
            name, filter=f"id >= {first} and id < {first + 1000}", output_fields=["id", "vector"], timeout=20,
            consistency_level="Strong",
        )
        found.update({row["id"]: row["vector"] for row in rows})
    return found


def same(a, b):
    return len(a) == len(b) and all(abs(x - y) < 1e-5 for x, y in zip(a, b))


# ---- what is measured


def percentiles(seconds):
    ordered = sorted(seconds)
    pick = lambda p: round(ordered[max(0, -(-len(ordered) * p // 100) - 1)] * 1000, 2)
    return {"p50_ms": pick(50), "p95_ms": pick(95), "p99_ms": pick(99), "n": len(ordered)}


def timed(ask):
    began = time.monotonic()
    ask()
    return time.monotonic() - began


def measure(port):
    """Rates and latencies of the server as it is: what a preset of the lab is calibrated by."""
    client = Client(port)
    _, version = client.answered(lambda c: c.list_collections())
    c = client.client
    figures = {}
    name = "quorum_lab_measure"
    create(c, name, 128)
    key = 0
    try:
        for batch in (100, 1000):
            rates = []
            for _ in range(12):
                rows = [{"id": key + at, "vector": vector(key + at, 128)} for at in range(batch)]
                key += batch
                rates.append(batch / timed(lambda: c.insert(name, rows, timeout=30)))
            figures[f"insert_{batch}_rows_per_s"] = {
                "median": round(statistics.median(rates)), "best": round(max(rates))
            }
        single = []
        for _ in range(100):
            row = [{"id": key, "vector": vector(key, 128)}]
            key += 1
            single.append(timed(lambda: c.insert(name, row, timeout=30)))
        figures["insert_one_row"] = percentiles(single)
        # 8 dimensions and 1,000 rows: what the drill searches.
        create(c, name + "_small", DIM)
        c.insert(name + "_small", [{"id": at, "vector": vector(at)} for at in range(1000)], timeout=30)
        for level, count in (("Strong", 60), ("Bounded", 200)):
            search = lambda: c.search(
                name + "_small", [vector(1)], limit=10, output_fields=["id"], timeout=10, consistency_level=level
            )
            search()
            seconds = []
            for at in range(count):
                # Out of step with the server's own ticks.
                time.sleep((at * 37 % 100) / 1000)
                seconds.append(timed(search))
            figures[f"search_{level.lower()}"] = percentiles(seconds)
    finally:
        for ours in (name, name + "_small"):
            try:
                c.drop_collection(ours)
            except Exception as error:
                say("could not drop", ours, error)
    return figures


def logs_of(server, data):
    """The files of the write-ahead log, the newest first."""
    if server == "lite":
        found = glob.glob(os.path.join(data, "lite", "**", "wal", "*.arrow"), recursive=True)
        found += glob.glob(os.path.join(data, "lite", "**", "wal_data_*.arrow"), recursive=True)
    else:
        # RocksMQ keeps messages in RocksDB, whose own log has what is not in a table yet.
        found = glob.glob(os.path.join(data, "milvus", "data", "rocksmq", "*.log"))
    found = sorted(set(found), key=lambda path: (os.path.getmtime(path), os.path.getsize(path)), reverse=True)
    return [path for path in found if os.path.getsize(path) > 2000]


def flip_bit(path, permille, bit):
    """Flips one bit at a share of a file."""
    at = os.path.getsize(path) * permille // 1000
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))
    return at


# Where the bit is, in thousandths of the file.
PLACES = [500, 250, 750, 600, 400, 850, 150, 330, 670, 920, 80, 550]


def flip(server, data, port, times):
    """Inserts rows, kills the server, flips one bit of its log, starts it, and looks at every row."""
    outcomes = []
    for round_ in range(times):
        client = Client(port)
        client.answered(lambda c: c.list_collections())
        c = client.client
        name = f"quorum_lab_flip_{os.getpid()}_{round_}"
        create(c, name)
        rows = 0
        for _ in range(20):
            batch = [{"id": rows + at, "vector": vector(rows + at)} for at in range(50)]
            c.insert(name, batch, timeout=30)
            rows += 50
        counted = len(rows_of(c, name, rows))
        kill(data)
        outcome = {"acknowledged": rows, "counted_before": counted}
        files = logs_of(server, data)
        if not files:
            raise SystemExit(f"no log of {server} in {data}")
        outcome["file"] = os.path.basename(files[0])
        outcome["offset"] = flip_bit(files[0], PLACES[round_ % len(PLACES)], round_ % 8)
        outcome["bytes"] = os.path.getsize(files[0])
        start(server, data, port)
        try:
            seconds, found = Client(port).answered(lambda c: rows_of(c, name, rows))
            outcome.update(
                started=True,
                answered_after_s=round(seconds, 1),
                lost=rows - len(found),
                wrong=sum(not same(vector(key), value) for key, value in found.items()),
            )
            Client(port).answered(lambda c: c.drop_collection(name))
        except TimeoutError as error:
            outcome.update(started=False, said=str(error)[:300])
            outcomes.append(outcome)
            say("flip", round_, outcome)
            # A server that does not come back is set up anew for the next round.
            kill(data)
            shutil.rmtree(os.path.join(data, "milvus" if server == "milvus" else "lite"))
            start(server, data, port)
            Client(port).answered(lambda c: c.list_collections())
            continue
        outcomes.append(outcome)
        say("flip", round_, outcome)
    return outcomes


def flip_ours(data, lab, times):
    """The same with our own engine, which is a program that reads lines."""
    outcomes = []

    def engine(folder, lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run([lab, "engine", "--dir", folder], input=text, capture_output=True, text=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, answers, done.stderr

    for round_ in range(times):
        folder = os.path.join(data, f"ours-{round_}")
        fields = [
            {"name": "id", "type": "int64", "primary": True},
            {"name": "vector", "type": "float_vector", "dim": DIM},
        ]
        lines = [
            {"op": "create_collection", "name": "c", "fields": fields},
            {"op": "create_index", "collection": "c", "field": "vector", "index_type": "FLAT", "metric_type": "L2"},
            {"op": "load", "collection": "c"},
        ]
        for first in range(0, 1000, 50):
            rows = [{"id": key, "vector": vector(key)} for key in range(first, first + 50)]
            lines.append({"op": "insert", "collection": "c", "rows": rows})
        status, answers, said = engine(folder, lines)
        if not all(answer.get("ok") for answer in answers):
            raise SystemExit(f"our engine refused: {[a for a in answers if not a.get('ok')][:1]} {said}")
        files = [path for path in glob.glob(os.path.join(folder, "wal*")) if os.path.isfile(path)]
        path = max(files, key=os.path.getsize)
        outcome = {"acknowledged": 1000, "counted_before": 1000, "file": os.path.basename(path)}
        outcome["offset"] = flip_bit(path, PLACES[round_ % len(PLACES)], round_ % 8)
        outcome["bytes"] = os.path.getsize(path)
        query = {"op": "query", "collection": "c", "filter": "id >= 0", "output_fields": ["*"]}
        status, answers, said = engine(folder, [query])
        if answers and answers[-1].get("ok"):
            rows = {row["id"]: row["vector"] for row in answers[-1]["rows"]}
            outcome.update(
                started=True, lost=1000 - len(rows),
                wrong=sum(not same(vector(key), value) for key, value in rows.items()),
            )
        else:
            refusal = answers[-1] if answers else {"error": said.strip()}
            outcome.update(started=False, code=refusal.get("code"), said=str(refusal.get("error"))[:300])
        outcomes.append(outcome)
        say("flip ours", round_, outcome)
    return outcomes


def drill(scenario, seed, data, port, lab):
    """A drill of the lab on this server. Its fault is this program's own `crash`."""
    fault = f"'{sys.executable}' '{os.path.abspath(__file__)}' crash --data '{data}'"
    command = [
        lab, "drill", scenario, "--target", "milvus", "--uri", f"http://{HOST}:{port}", "--python", sys.executable,
        "--fault-cmd", fault, "--seed", str(seed), "--compare", "--json", "--preset", "milvus",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    say(done.stderr.strip())
    if not done.stdout.strip():
        raise SystemExit(f"the drill printed nothing: {done.stderr}")
    return json.loads(done.stdout)


def recoveries(data, port, times):
    """Kill -9 and start, until a search is answered: what clients wait for, without a drill's one request a second."""
    client = Client(port)
    client.answered(lambda c: c.list_collections())
    name = "quorum_lab_recovery"
    create(client.client, name)
    client.client.insert(name, [{"id": at, "vector": vector(at)} for at in range(1000)], timeout=30)
    seconds = []
    search = lambda c: c.search(name, [vector(1)], limit=10, timeout=3, consistency_level="Bounded")
    client.answered(search)
    for _ in range(times):
        began = time.monotonic()
        crash(data)
        Client(port).answered(search)
        seconds.append(round(time.monotonic() - began, 2))
        say("recovery", seconds[-1])
    Client(port).answered(lambda c: c.drop_collection(name))
    return seconds


def everything(arguments):
    server, data, port = arguments.server, arguments.data, arguments.port
    figures = {"server": server, "began": time.strftime("%Y-%m-%d %H:%M:%S")}
    start(server, data, port)
    try:
        seconds, _ = Client(port).answered(lambda c: c.list_collections())
        figures["first_start_s"] = round(seconds, 1)
        figures["measured"] = measure(port)
        say("measured", figures["measured"])
        figures["recoveries_s"] = recoveries(data, port, arguments.recoveries)
        scenario = "failover-coordinator" if server == "milvus" else "failover-proxy"
        figures["drills"] = [drill(scenario, seed, data, port, arguments.lab) for seed in range(1, arguments.drills + 1)]
        figures["flips"] = flip(server, data, port, arguments.flips)
    finally:
        kill(data)
        figures["ended"] = time.strftime("%Y-%m-%d %H:%M:%S")
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["all", "ours", "crash", "start", "kill", "measure", "recoveries", "flip"])
    parser.add_argument("--server", choices=["milvus", "lite"], default="lite")
    parser.add_argument("--data", required=True)
    parser.add_argument("--port", type=int, default=19630)
    parser.add_argument("--lab")
    parser.add_argument("--out", default="trial-result.json")
    parser.add_argument("--flips", type=int, default=4)
    parser.add_argument("--drills", type=int, default=1)
    parser.add_argument("--recoveries", type=int, default=3)
    arguments = parser.parse_args()
    arguments.data = os.path.abspath(arguments.data)
    os.makedirs(arguments.data, exist_ok=True)
    if arguments.what == "all":
        everything(arguments)
    elif arguments.what == "crash":
        crash(arguments.data)
    elif arguments.what == "start":
        start(arguments.server, arguments.data, arguments.port)
    elif arguments.what == "kill":
        kill(arguments.data)
    else:
        if arguments.what == "ours":
            figures = flip_ours(arguments.data, arguments.lab, arguments.flips)
        elif arguments.what == "measure":
            figures = measure(arguments.port)
        elif arguments.what == "recoveries":
            figures = recoveries(arguments.data, arguments.port, arguments.recoveries)
        else:
            figures = flip(arguments.server, arguments.data, arguments.port, arguments.flips)
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1)


if __name__ == "__main__":
    main()
