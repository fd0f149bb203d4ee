module github.com/stheno-go/stheno/internal/roofline/_asm

go 1.26
