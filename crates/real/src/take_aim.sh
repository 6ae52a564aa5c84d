# For kubectl 1.25 or later and a Milvus 2.6 that the Helm chart 5.0 installed as release “milvus” in namespace
# “milvus”, with the chart's own etcd. Some manifests in the folder “chaos” mean pods by what they do: the coordinator
# that acts, the pods of a zone, the sides of a cut. The chart has no label for that, so this script labels them. Run it
# directly before you apply such a manifest: pods that were started since have no label, and then nothing is hit.
set -eu

k() { kubectl --namespace milvus "$@"; }

fail() {
  echo "aim.sh: $1" >&2
  exit 1
}

# Running pods with these labels, as pod/NAME.
names() { k get pods --selector "$1" --field-selector status.phase=Running --output name | sort; }

component() {
  case "$1" in
    etcd) names app.kubernetes.io/instance=milvus,app.kubernetes.io/name=etcd ;;
    minio) names release=milvus,app=minio ;;
    *) names "app.kubernetes.io/instance=milvus,component=$1" ;;
  esac
}

# MinIO's pods have labels of their own.
all() { { names app.kubernetes.io/instance=milvus; component minio; } | sort -u; }

# The lines of the input that are none of these.
without() { grep -vxF -e "$1" || true; }

# The coordinator that acts holds the session without a number behind its name (Milvus source, sessionutil); the session
# has the name of its host, which is the pod.
acting() {
  etcd=$(component etcd | head -n 1)
  [ -n "$etcd" ] || fail "no pod of etcd runs in namespace milvus; see kubectl -n milvus get pods --show-labels"
  key=$(k exec "$etcd" -- etcdctl get --prefix --keys-only "" | grep '/session/mixcoord$' | head -n 1)
  [ -n "$key" ] || fail "etcd has no session of a mixcoord: no coordinator acts now, or this is no Milvus 2.6"
  host=$(k exec "$etcd" -- etcdctl get --print-value-only "$key" | sed -n 's/.*"HostName":"\([^"]*\)".*/\1/p')
  [ -n "$host" ] || fail "the session $key names no host; its value: see etcdctl get $key"
  echo "pod/$host"
}

zone_of() {
  node=$(k get "$1" --output 'jsonpath={.spec.nodeName}')
  kubectl get node "$node" --output 'jsonpath={.metadata.labels.topology\.kubernetes\.io/zone}'
}

# Every zone, by name.
zones() { all | while read -r pod; do zone_of "$pod"; echo; done | sort -u | grep .; }

# The pods of a zone. The object store stays, as in the lab.
in_zone() {
  all | without "$(component minio)" | while read -r pod; do
    if [ "$(zone_of "$pod")" = "$1" ]; then echo "$pod"; fi
  done
}

# Labels the pods of the input for a strike.
mark() {
  pods=$(cat)
  [ -n "$pods" ] || fail "there is no pod for strike $1 ($2)"
  for pod in $pods; do
    k label --overwrite "$pod" "quorum-lab/strike-$1=$2" >&2
  done
}
