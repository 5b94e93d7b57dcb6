package api

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"almoner/domain"
)

// catalogue explains rules to people. Every rule has a page: those without an entry of their own are explained by the
// noun they begin with.
type catalogue struct {
	Nouns map[string]bilingual `yaml:"nouns"`
	Rules map[string]bilingual `yaml:"rules"`
}

type bilingual struct {
	Zh string `yaml:"zh"`
	En string `yaml:"en"`
}

//go:embed problems.yaml
var problemsSource []byte

// readCatalogue reads the catalogue strictly and checks that each entry has both languages and a noun.
func readCatalogue() (catalogue, error) {
	var c catalogue
	d := yaml.NewDecoder(bytes.NewReader(problemsSource))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("problems.yaml: %w", err)
	}
	for rule, text := range c.Rules {
		noun, _, _ := strings.Cut(rule, ".")
		if _, known := c.Nouns[noun]; !known || !ruleForm.MatchString(rule) || text.Zh == "" || text.En == "" {
			return c, fmt.Errorf("problems.yaml: %q lacks a language, or its noun is not listed", rule)
		}
	}
	return c, nil
}

var ruleForm = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*$`)

var problemPage = template.Must(template.New("problem").Parse(`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Rule}}</title>
<style>body{font-family:"Noto Sans CJK SC","Microsoft YaHei",sans-serif;max-width:40em;margin:2em auto;padding:0 1em;line-height:1.7}</style>
</head>
<body>
<h1><code>{{.Rule}}</code></h1>
<p>{{.Noun.Zh}}</p>
{{with .Text.Zh}}<p>{{.}}</p>{{end}}
<p>这是一条规则的编号。拒绝的回答里，detail 说明具体情况，next 说明下一步。</p>
<div lang="en">
<p>{{.Noun.En}}</p>
{{with .Text.En}}<p>{{.}}</p>{{end}}
<p>This is the id of a rule. In the answer that refused, detail says what it met and next says what to do.</p>
</div>
</body>
</html>
`))

// getProblem is the page of a rule: what a problem's type leads to.
func (s *Server) getProblem(_ context.Context, r *request) (response, error) {
	rule := r.path("rule")
	name, _, _ := strings.Cut(rule, ".")
	noun, known := s.catalogue.Nouns[name]
	if !known || !ruleForm.MatchString(rule) {
		return response{}, refuse(domain.NotFound, "api.no-rule", "there is no rule %.60q", rule).WithNext("copy the rule id from the answer that refused")
	}
	var page bytes.Buffer
	if err := problemPage.Execute(&page, struct {
		Rule string
		Noun bilingual
		Text bilingual
	}{rule, noun, s.catalogue.Rules[rule]}); err != nil {
		return response{}, fmt.Errorf("page of %s: %w", rule, err)
	}
	return response{Text: page.Bytes(), Type: "text/html; charset=utf-8"}, nil
}
