module your-own-raft

go 1.19
