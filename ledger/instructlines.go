package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"

	"almoner/domain"
	"almoner/domain/beneficiary"
	"almoner/domain/codec"
	"almoner/domain/payrun"
	"almoner/ledger/bankfile"
)

// payChunk is how many lines of a file are opened together: enough for all cores, few enough not to matter in memory.
const payChunk = 512

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// places are the names that a file may show beside people's.
type places struct {
	finance  string
	villages map[domain.AreaCode]string
}

func (l *Ledger) placesOf(ctx context.Context, runs []*runToPay) (*places, error) {
	p := &places{villages: map[domain.AreaCode]string{}}
	finance, err := l.Office(ctx, runs[0].state.Opened.Finance)
	if err != nil {
		return nil, err
	}
	today := l.Today()
	named, _ := finance.On(today)
	p.finance = named.Name
	for _, run := range runs {
		o, err := l.Office(ctx, run.state.Opened.Office)
		if err != nil {
			return nil, err
		}
		on, _ := o.On(today)
		for _, v := range on.Villages {
			p.villages[v.Code] = v.Name
		}
	}
	return p, nil
}

// render writes a file. It opens accounts as it goes and keeps none of them.
func (i *instructing) render(f *outFile, w io.Writer, tell func(int)) (bankfile.Written, error) {
	return i.format.Write(w, f.header, func(yield func(bankfile.PayLine, error) bool) {
		done := 0
		for _, s := range f.spans {
			for chunk := range slices.Chunk(s.lines, payChunk) {
				lines, err := i.payLines(chunk)
				if err != nil {
					yield(bankfile.PayLine{}, err)
					return
				}
				for _, line := range lines {
					if !yield(line, nil) {
						return
					}
				}
				if done += len(chunk); tell != nil {
					tell(done)
				}
			}
		}
	})
}

// payLines opens what a chunk of lines is paid to: the account that the signed draw names, whatever was recorded since.
func (i *instructing) payLines(lines []payrun.Line) ([]bankfile.PayLine, error) {
	kids := make([]string, len(lines))
	for n, line := range lines {
		kids[n] = line.Person
	}
	keys, err := i.bulkKeys(i.ctx, kids)
	if err != nil {
		return nil, err
	}
	fields := i.format.Fields()
	identity := slices.Contains(fields, bankfile.FieldCitizen) || slices.Contains(fields, bankfile.FieldPhone)
	out := make([]bankfile.PayLine, len(lines))
	err = eachParallel(i.ctx, len(lines), func(ctx context.Context, n int) error {
		line, err := i.payLine(ctx, lines[n], keys, identity)
		out[n] = line
		return err
	})
	return out, err
}

func (i *instructing) payLine(ctx context.Context, line payrun.Line, keys codec.KeySource, identity bool) (bankfile.PayLine, error) {
	fail := func(err error) (bankfile.PayLine, error) {
		return bankfile.PayLine{}, fmt.Errorf("line %d (%s): %w", line.Line, line.Person, err)
	}
	stored, err := i.storedAt(ctx, beneficiary.Stream(line.Person), line.Revision)
	if err != nil {
		return fail(err)
	}
	draw, ok := stored.Event.(beneficiary.Drawn)
	if !ok || draw.Draw != line.Draw {
		return fail(errors.New("the event at the revision listed is not its draw"))
	}
	account, err := i.accountAt(ctx, keys, line.Person, draw.Account, -1)
	if errors.Is(err, errAccountGone) {
		return fail(domain.Refuse(domain.Refused, "bankfile.account-erased", "the data of %s were erased", line.Person).WithNext("stop line %d (payrun stop)", line.Line))
	}
	if err != nil {
		return fail(err)
	}
	out := bankfile.PayLine{
		PayRef: line.PayRef, Account: account.Number, Holder: account.Holder, Amount: line.Amount, Bank: account.Bank,
		Village: i.places.villages[line.Village], Units: len(draw.Items),
	}
	for _, item := range draw.Items {
		if item.Kind == beneficiary.Regular {
			out.Standard = item.Amount
		}
	}
	if !identity {
		return out, nil
	}
	who, ok, err := i.Identity(ctx, draw.Payee)
	if err != nil || !ok {
		return fail(errors.Join(err, errors.New("the payee's identity cannot be opened")))
	}
	out.Citizen, out.Phone = who.Number, who.Phone
	return out, nil
}
