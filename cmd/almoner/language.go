package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// language is what the program speaks in: Chinese unless --lang en or ALMONER_LANG=en asks for English.
type language string

const (
	chinese language = "zh"
	english language = "en"
)

// pick chooses between a text's two languages.
func (l language) pick(zh, en string) string {
	if l == english {
		return en
	}
	return zh
}

// languageOf finds the language before anything is parsed, since the help of the parser is in it too.
func languageOf(args []string, env string) language {
	found := language(env)
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			found = language(value)
		}
		if arg == "--lang" && i+1 < len(args) {
			found = language(args[i+1])
		}
		if arg == "--" {
			break
		}
	}
	if found == english {
		return english
	}
	return chinese
}

// between parts the two languages of a help text: `help:"列出发放批次|list pay runs"`.
const between = "|"

// speak leaves of each help text in the grammar the part in one language.
func speak(l language) kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
			switch n := node.(type) {
			case *kong.Application:
				n.Help = l.of(n.Help)
			case *kong.Node:
				n.Help = l.of(n.Help)
			case *kong.Value:
				n.Help = l.of(n.Help)
				if choices := strings.Trim(n.Enum, ","); choices != "" {
					n.Help += l.pick("：", ": ") + strings.ReplaceAll(choices, ",", l.pick("、", ", "))
				}
			}
			return next(nil)
		})
	})
}

func (l language) of(help string) string {
	zh, en, found := strings.Cut(help, between)
	if !found {
		return help
	}
	return l.pick(strings.TrimSpace(zh), strings.TrimSpace(en))
}
