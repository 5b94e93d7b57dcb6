package vault

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ErrRecovery means that a typed recovery key is not one; the message says which group to look at where it can.
var ErrRecovery = errors.New("vault: this is not the recovery key")

// Shape of a recovery key: eight groups that each carry 32 bits of the master key and 3 bits that check the group and its
// place, and a ninth of 35 bits that checks the whole. A slip in one group is named seven times in eight and passes the
// whole once in 34 thousand million.
const (
	recoveryGroups = 9
	groupChars     = 7 // of 5 bits
	groupBits      = 5 * groupChars
	checkBits      = groupBits - 32
)

// crockford is the alphabet of Douglas Crockford's base 32: no I, L, O, U, which are misread or misheard.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// RecoveryKey is the master key for printing: nine groups of seven characters of Crockford's base 32, joined by hyphens.
// The paper is as secret as the key itself.
func (m Master) RecoveryKey() string {
	groups := make([]string, 0, recoveryGroups)
	for i := range recoveryGroups - 1 {
		word := binary.BigEndian.Uint32(m.key[4*i:])
		groups = append(groups, formatGroup(uint64(word)<<checkBits|groupCheck(i, word)))
	}
	return strings.Join(append(groups, formatGroup(m.recoveryCheck())), "-")
}

// MasterFromRecovery reads what was printed. Capitals, spaces, hyphens, line ends and full-width characters do not matter;
// I and L are read as 1, O as 0. Error: ErrRecovery.
func MasterFromRecovery(typed string) (Master, error) {
	var m Master
	chars, err := recoveryChars(typed)
	if err != nil {
		return Master{}, err
	}
	var whole uint64
	for i := range recoveryGroups {
		var bits uint64
		for _, c := range chars[i*groupChars : (i+1)*groupChars] {
			bits = bits<<5 | uint64(c)
		}
		if i == recoveryGroups-1 {
			whole = bits
			break
		}
		word := uint32(bits >> checkBits)
		if bits&(1<<checkBits-1) != groupCheck(i, word) {
			return Master{}, fmt.Errorf("%w: group %d of %d is mistyped or out of place", ErrRecovery, i+1, recoveryGroups)
		}
		binary.BigEndian.PutUint32(m.key[4*i:], word)
	}
	if whole != m.recoveryCheck() {
		return Master{}, fmt.Errorf("%w: the last group does not confirm the others; compare every group with the paper", ErrRecovery)
	}
	return m, nil
}

// recoveryChars returns the values 0 to 31 of the 63 characters that count.
func recoveryChars(typed string) ([]byte, error) {
	if len(typed) > 1024 {
		return nil, fmt.Errorf("%w: it is far too long", ErrRecovery)
	}
	var values []byte
	for _, r := range strings.ToUpper(norm.NFKC.String(typed)) {
		switch r {
		case ' ', '\t', '\r', '\n', '-', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212':
			continue
		case 'I', 'L':
			r = '1'
		case 'O':
			r = '0'
		}
		v := strings.IndexRune(crockford, r)
		if v < 0 {
			return nil, fmt.Errorf("%w: %q after %d characters is not a character of it", ErrRecovery, r, len(values))
		}
		values = append(values, byte(v))
	}
	if want := recoveryGroups * groupChars; len(values) != want {
		return nil, fmt.Errorf("%w: it has %d characters, not %d in %d groups of %d", ErrRecovery, len(values), want, recoveryGroups, groupChars)
	}
	return values, nil
}

func formatGroup(bits uint64) string {
	var b [groupChars]byte
	for i := range b {
		b[groupChars-1-i] = crockford[bits>>(5*i)&31]
	}
	return string(b[:])
}

// groupCheck is the top bits of a SHA-256 over the group's place and content.
func groupCheck(place int, word uint32) uint64 {
	b := append([]byte("almoner recovery group v1"), byte(place))
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(b, word))
	return uint64(sum[0] >> (8 - checkBits))
}

func (m Master) recoveryCheck() uint64 {
	sum := sha256.Sum256(append([]byte("almoner recovery key v1"), m.key[:]...))
	return binary.BigEndian.Uint64(sum[:]) >> (64 - groupBits)
}
