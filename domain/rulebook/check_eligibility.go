package rulebook

import "slices"

// The parts of a rulebook that say who qualifies, and in which class.

func (c *checker) checkAttributes() {
	c.book.attributes = map[string][]string{}
	for _, name := range sortedKeys(c.src.Attributes) {
		values := c.src.Attributes[name]
		if !isCode(name) || len(values) == 0 {
			c.add(0, "give the attribute a code and at least one value", "attribute %q is not a code or has no values", name)
		}
		for _, value := range values {
			text := c.code(value, "a value of attribute "+name)
			if slices.Contains(c.book.attributes[name], text) {
				c.add(value.line, "remove one of them", "attribute %s has the value %s twice", name, text)
			}
			c.book.attributes[name] = append(c.book.attributes[name], text)
		}
	}
}

func (c *checker) checkCriteria() {
	if len(c.src.Criteria) == 0 {
		c.add(0, "add at least one criterion", "criteria is missing")
	}
	for _, s := range c.src.Criteria {
		id := c.code(s.ID, "criterion id")
		what := "criterion " + id
		if slices.ContainsFunc(c.book.criteria, func(other criterion) bool { return other.ID == id }) || id == TraceClass || id == TraceExclusive {
			c.add(s.ID.line, "give each criterion its own id; class and exclusive are taken", "the criterion id %s is used twice", id)
		}
		made := criterion{Criterion: Criterion{ID: id, Text: c.words(s.Zh, s.En, what), When: s.When.text, Reason: id}}
		if !s.Reason.absent() {
			made.Reason = c.code(s.Reason, what+" reason")
		}
		made.Attested = c.choice(s.Attested, what+" attested", "false", "true", "false") == "true"
		switch {
		case made.Attested && !s.When.absent():
			c.add(s.When.line, "keep one of the two", "%s is attested and yet has an expression", what)
		case !made.Attested:
			made.when = c.expression(s.When, what, s.ID.line)
		}
		c.needGrounds(s.grounds, s.ID.line, what)
		made.Cite = c.cite(s.grounds)
		c.book.criteria = append(c.book.criteria, made)
	}
}

// expression compiles a required expression and remembers its ages and days.
func (c *checker) expression(s scalar, what string, line int) *expression {
	if s.absent() || s.text == "" {
		c.add(line, "add `when` with an expression, or `attested: true`", "%s has no expression", what)
		return nil
	}
	x, err := compile(c.env, s.text)
	if err != nil {
		c.add(s.line, "docs/rulebooks.md lists the variables and operators", "the expression of %s is refused: %v", what, err)
		return nil
	}
	c.book.ages = append(c.book.ages, x.ages...)
	c.book.days = append(c.book.days, x.days...)
	return x
}

func (c *checker) checkClasses() {
	if len(c.src.Classes) == 0 {
		c.add(0, "add at least one class; a programme without classes has one with key: {} and no when", "classes is missing")
	}
	for i, s := range c.src.Classes {
		line := max(s.Zh.line, s.When.line)
		key := c.key(s.Key, line, true)
		made := classRule{title: c.words(s.Zh, s.En, "class "+key.String()), key: key}
		switch {
		case !s.When.absent():
			made.when = c.expression(s.When, "class "+key.String(), line)
		case i < len(c.src.Classes)-1:
			c.add(line, "add `when`, or move it to the end", "class %s holds for everybody, so the classes after it are never reached", key)
		}
		c.book.classes = append(c.book.classes, made)
	}
}

// key reads a class or rate key; a whole key names every attribute.
func (c *checker) key(s map[string]scalar, line int, whole bool) Key {
	key := Key{}
	for _, name := range sortedKeys(s) {
		value := s[name]
		if !slices.Contains(c.book.attributes[name], value.text) {
			c.add(value.line, "declare it under attributes or correct it", "%s=%s is not a declared attribute and value", name, value.text)
		}
		key[name] = value.text
	}
	if whole && len(key) != len(c.book.attributes) {
		c.add(line, "name every attribute of the attributes section", "the class %s leaves attributes out", key)
	}
	return key
}
