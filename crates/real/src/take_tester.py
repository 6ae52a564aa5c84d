# For Python 3.9 and later with pymilvus 2.4 to 2.6 or 3.0 (pip install pymilvus).
"""Searches and inserts at the intervals of a drill, and reports what clients see while you break the server.

    python3 tester.py --uri http://127.0.0.1:19530 --seconds 120 --csv log.csv

The token (user:password) is read from MILVUS_TOKEN. The collection is this program's own and is dropped at the end.
`quorum-lab replay --csv log.csv` reads the log.
"""

import argparse
import csv
import os
import random
import threading
import time

from pymilvus import MilvusClient

# FIGURES


def vector(key):
    draw = random.Random(key)
    return [draw.random() for _ in range(DIM)]


class Tester:
    def __init__(self, uri, seconds):
        self.uri, self.seconds = uri, seconds
        self.name = f"quorum_lab_tester_{os.getpid()}"
        self.rows, self.acknowledged = [], []
        self.began = time.monotonic()

    def connect(self):
        return MilvusClient(uri=self.uri, token=os.environ.get("MILVUS_TOKEN", ""), timeout=TIMEOUT_S)

    def every(self, seconds, request):
        """Makes a request at every interval. After one that failed the next one connects again, as its first part."""
        client, number, due = None, 0, self.began
        while time.monotonic() < self.began + self.seconds:
            try:
                client = request(client, number)
            except Exception:
                client = None
            number += 1
            due = max(due + seconds, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))

    def search(self, client, number):
        began, ok = time.time(), False
        try:
            client = client or self.connect()
            found = client.search(
                self.name, [vector(number % ROWS)], limit=TOP_K, timeout=TIMEOUT_S, consistency_level=CONSISTENCY
            )
            ok = len(found[0]) >= min(TOP_K, ROWS)
            return client
        finally:
            ended = time.time()
            self.rows.append((f"{ended:.6f}", "ok" if ok else "fail", f"{(ended - began) * 1000:.3f}"))

    def insert(self, client, number):
        first = ROWS + number * ROWS_PER_INSERT
        keys = range(first, first + ROWS_PER_INSERT)
        client = client or self.connect()
        client.insert(self.name, [{"id": key, "vector": vector(key)} for key in keys], timeout=TIMEOUT_S)
        self.acknowledged.extend(keys)
        return client

    def missing(self, client):
        """Acknowledged keys that the server does not have."""
        gone = []
        for at in range(0, len(self.acknowledged), 500):
            keys = self.acknowledged[at : at + 500]
            rows = client.query(self.name, filter=f"id in {keys}", output_fields=["id"], consistency_level="Strong")
            gone += sorted(set(keys) - {row["id"] for row in rows})
        return gone

    def run(self):
        client = self.connect()
        client.create_collection(self.name, DIM, auto_id=False, metric_type=METRIC)
        try:
            if REPLICAS > 1:
                # A new collection is loaded once; as many replicas as in the lab are asked for while it is empty.
                client.release_collection(self.name)
                client.load_collection(self.name, replica_number=REPLICAS)
            for first in range(0, ROWS, 500):
                keys = range(first, min(ROWS, first + 500))
                client.insert(self.name, [{"id": key, "vector": vector(key)} for key in keys])
            self.acknowledged.extend(range(ROWS))
            self.began = time.monotonic()
            threads = [threading.Thread(target=self.every, args=(SEARCH_EVERY_S, self.search))]
            if INSERT_EVERY_S > 0:
                threads.append(threading.Thread(target=self.every, args=(INSERT_EVERY_S, self.insert)))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return self.missing(self.connect())
        finally:
            self.connect().drop_collection(self.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--uri", required=True)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--csv", default="log.csv")
    arguments = parser.parse_args()
    tester = Tester(arguments.uri, arguments.seconds)
    try:
        gone = tester.run()
        print(f"{len(tester.acknowledged)} rows acknowledged, {len(gone)} lost {gone[:20]}")
    finally:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("time", "status", "latency_ms"), *tester.rows])
    failed = sum(status == "fail" for _, status, _ in tester.rows)
    print(f"{len(tester.rows)} searches, {failed} failed; see {arguments.csv}")


if __name__ == "__main__":
    main()
