module github.com/stheno-go/stheno/internal/asm

go 1.26
