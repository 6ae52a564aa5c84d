"""Requests of `quorum-lab drill --target milvus --python …` for servers without REST v2.

Reads one JSON object per line and answers each with one. Runs with pymilvus 2.3 and later, and needs nothing else.
A request that fails is an answer with "ok": false; only the end of the input ends the program. Its first line says that
pymilvus is imported. Whatever the client library prints goes to stderr, so that it cannot be taken for an answer.
"""

import json
import os
import sys

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

import pymilvus  # noqa: E402
from pymilvus import MilvusClient  # noqa: E402

ID, VECTOR = "id", "vector"


class Bridge:
    def __init__(self):
        self.client = None

    def connect(self, uri, token, timeout_s):
        self.client = MilvusClient(uri=uri, token=token or "", timeout=timeout_s)
        self.timeout_s = timeout_s
        return {"version": self.version(), "client": "pymilvus " + pymilvus.__version__}

    def version(self):
        try:
            return self.client.get_server_version()
        except AttributeError:
            # pymilvus 2.3 keeps the call one level lower.
            return self.client._get_connection().get_server_version()

    def collections(self):
        return {"names": list(self.client.list_collections())}

    def create(self, name, dim):
        self.client.create_collection(
            name,
            dim,
            primary_field_name=ID,
            id_type="int",
            vector_field_name=VECTOR,
            metric_type="L2",
            auto_id=False,
        )
        return {}

    def insert(self, name, first_id, vectors, timeout_s):
        rows = [{ID: first_id + at, VECTOR: vector} for at, vector in enumerate(vectors)]
        self.client.insert(name, rows, timeout=timeout_s)
        return {}

    def loaded(self, name, ask):
        """Asks, and loads the collection where it is not: milvus-lite forgets after a start what was loaded."""
        try:
            return ask()
        except Exception as error:
            if "in state 'released'" not in str(error):
                raise
        self.client.load_collection(name)
        return ask()

    def search(self, name, vector, limit, consistency, timeout_s):
        ask = lambda: self.client.search(
            name,
            [vector],
            limit=limit,
            output_fields=[ID],
            timeout=timeout_s,
            consistency_level=consistency,
        )
        found = self.loaded(name, ask)
        return {"found": len(found[0])}

    def ids(self, name, first, end, timeout_s):
        ask = lambda: self.client.query(
            name,
            filter=f"{ID} >= {first} and {ID} < {end}",
            output_fields=[ID],
            timeout=timeout_s,
            consistency_level="Strong",
        )
        rows = self.loaded(name, ask)
        return {"ids": [row[ID] for row in rows]}

    def drop(self, name):
        self.client.drop_collection(name)
        return {}


def say(answer):
    ANSWERS.write(json.dumps(answer) + "\n")
    ANSWERS.flush()


def main():
    say({"ready": True})
    bridge = Bridge()
    operations = {"connect", "collections", "create", "insert", "search", "ids", "drop"}
    for line in sys.stdin:
        try:
            request = json.loads(line)
            operation = request.pop("op")
            if operation not in operations:
                raise ValueError(f"no operation {operation}")
            answer = {"ok": True, **getattr(bridge, operation)(**request)}
        except Exception as error:  # Every failure of the server or the client is an answer.
            answer = {"ok": False, "kind": type(error).__name__, "error": str(error)[:2000]}
        say(answer)


if __name__ == "__main__":
    main()
