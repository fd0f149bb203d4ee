module github.com/stheno-go/stheno/internal/kernels/_asm

go 1.26
