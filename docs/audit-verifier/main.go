// Command audit-verifier checks a published audit log with the Go project's own code for signed notes and
// transparency logs (golang.org/x/mod/sumdb), and with nothing of ours.
//
//	audit-verifier <folder> <vkey> [<checkpoint saved earlier>]
//
// The folder holds checkpoint, tile/L/N and tile/entries/N, as C2SP tlog-tiles lays them out.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: audit-verifier <folder> <vkey> [<checkpoint saved earlier>]")
		os.Exit(2)
	}
	if err := verify(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Println("NOT VERIFIED:", err)
		os.Exit(1)
	}
}

func verify(folder, vkey string, saved []string) error {
	head, err := openCheckpoint(filepath.Join(folder, "checkpoint"), vkey)
	if err != nil {
		return err
	}
	tiles := &tileFolder{folder}
	reader := tlog.TileHashReader(head, tiles)
	if err := checkEntries(folder, head, reader); err != nil {
		return err
	}
	for _, path := range saved {
		old, err := openCheckpoint(path, vkey)
		if err != nil {
			return fmt.Errorf("saved checkpoint: %w", err)
		}
		if old.N > head.N {
			return fmt.Errorf("the log has %d entries, the saved checkpoint %d: its end was cut off", head.N, old.N)
		}
		if old.N > 0 {
			proof, err := tlog.ProveTree(head.N, old.N, reader)
			if err != nil {
				return fmt.Errorf("consistency: %w", err)
			}
			if err := tlog.CheckTree(proof, head.N, head.Hash, old.N, old.Hash); err != nil {
				return fmt.Errorf("the log was rewritten since the saved checkpoint: %w", err)
			}
		}
		fmt.Printf("begins with the %d entries of the saved checkpoint\n", old.N)
	}
	fmt.Printf("VERIFIED: %d entries, root %v\n", head.N, head.Hash)
	return nil
}

// openCheckpoint checks the signature of a checkpoint and reads its size and root.
func openCheckpoint(path, vkey string) (tlog.Tree, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("a checkpoint of another log: %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("not a size: %q", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("not a root: %q", lines[2])
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// checkEntries rebuilds the tree from the entries alone, and proves entries of every bundle by the published tiles.
func checkEntries(folder string, head tlog.Tree, reader tlog.HashReader) error {
	var hashes []tlog.Hash
	stored := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = hashes[index]
		}
		return found, nil
	})
	for first := int64(0); first < head.N; first += 1 << height {
		width := int64(1 << height)
		if head.N-first < width {
			width = head.N - first
		}
		entries, err := readEntries(folder, first>>height, width)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			more, err := tlog.StoredHashes(first+int64(i), entry, stored)
			if err != nil {
				return err
			}
			hashes = append(hashes, more...)
			// Every entry is in the root below; two of each bundle are proved by the published tiles as well.
			if i != 0 && int64(i) != width-1 {
				continue
			}
			proof, err := tlog.ProveRecord(head.N, first+int64(i), reader)
			if err != nil {
				return fmt.Errorf("entry %d: %w", first+int64(i), err)
			}
			if err := tlog.CheckRecord(proof, head.N, head.Hash, first+int64(i), tlog.RecordHash(entry)); err != nil {
				return fmt.Errorf("entry %d is not what the checkpoint says: %w", first+int64(i), err)
			}
		}
	}
	root, err := tlog.TreeHash(head.N, stored)
	if err != nil {
		return err
	}
	if root != head.Hash {
		return fmt.Errorf("the entries give root %v, the checkpoint says %v", root, head.Hash)
	}
	return nil
}

// readEntries reads a bundle: each entry after its length in 16 bits.
func readEntries(folder string, index, width int64) ([][]byte, error) {
	bundle, err := readTile(folder, "entries", index, int(width))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for rest := bundle; int64(len(entries)) < width; {
		if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("entry bundle %d is cut short at entry %d", index, index<<height+int64(len(entries)))
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		entries = append(entries, rest[2:end])
		rest = rest[end:]
	}
	return entries, nil
}

// readTile reads a tile by the paths of C2SP tlog-tiles; a partial one may have been replaced by the full one.
func readTile(folder, level string, index int64, width int) ([]byte, error) {
	number := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		number = fmt.Sprintf("x%03d/%s", rest%1000, number)
	}
	path := filepath.Join(folder, "tile", level, filepath.FromSlash(number))
	if width < 1<<height {
		if data, err := os.ReadFile(fmt.Sprintf("%s.p/%d", path, width)); err == nil {
			return data, nil
		}
	}
	return os.ReadFile(path)
}

// tileFolder gives the tiles of a folder to the Go project's reader, which checks them against the signed root.
type tileFolder struct{ folder string }

func (t *tileFolder) Height() int                     { return height }
func (t *tileFolder) SaveTiles([]tlog.Tile, [][]byte) {}
func (t *tileFolder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		tileBytes, err := readTile(t.folder, strconv.Itoa(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		if len(tileBytes) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %v is cut short", tile)
		}
		data[i] = tileBytes[:tile.W*tlog.HashSize]
	}
	return data, nil
}
