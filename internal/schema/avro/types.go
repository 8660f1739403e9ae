package avro

import (
	"fmt"

	"github.com/skein-bot/skein/internal/schema"
)

// scalar is a primitive type under its logical type, if that is one which Avro knows for it.
func scalar(word string, l logical) schema.Type {
	base := plain(word)
	t := schema.Type{Base: &base, Physical: l.name}
	switch word + " " + l.name {
	case "int date":
		t.Kind = "date"
	case "int time-millis":
		t.Kind, t.Scale = "time", 3
	case "long time-micros":
		t.Kind, t.Scale = "time", 6
	case "long timestamp-millis", "long timestamp-micros", "long timestamp-nanos":
		t.Kind, t.Zone, t.Scale = "timestamp", true, fraction(l.name)
	case "long local-timestamp-millis", "long local-timestamp-micros", "long local-timestamp-nanos":
		t.Kind, t.Scale = "timestamp", fraction(l.name)
	case "string uuid":
		t.Kind = "uuid"
	case "bytes big-decimal":
		t.Kind = "decimal"
	case "bytes decimal":
		t.Kind, t.Digits, t.Scale = "decimal", l.precision, l.scale
		t.Physical = fmt.Sprintf("decimal(%d, %d)", l.precision, l.scale)
	default:
		return base
	}
	return t
}

// fraction is how many digits of a second a name ends with.
func fraction(name string) int {
	switch name[len(name)-6:] {
	case "millis":
		return 3
	case "micros":
		return 6
	}
	return 9
}

func plain(word string) schema.Type {
	t := schema.Type{Kind: word, Physical: word}
	switch word {
	case "int":
		t.Kind, t.Bits = "integer", 32
	case "long":
		t.Kind, t.Bits = "integer", 64
	case "float":
		t.Bits = 32
	case "double":
		t.Kind, t.Bits = "float", 64
	case "string":
		t.Base = &schema.Type{Kind: "bytes", Physical: "bytes"} // readers of bytes take text, and the reverse
	case "null":
		t.Kind = "union" // of nothing but null
	}
	return t
}

func fixed(n *named) schema.Type {
	base := schema.Type{Kind: "bytes", Fixed: true, Length: n.size, Name: n.name, Aliases: n.aliases,
		Physical: fmt.Sprintf("fixed %s(%d)", short(n.name), n.size)}
	t := schema.Type{Base: &base, Physical: n.logical.name + " " + base.Physical}
	switch {
	case n.logical.name == "decimal":
		t.Kind, t.Digits, t.Scale = "decimal", n.logical.precision, n.logical.scale
		t.Physical = fmt.Sprintf("decimal(%d, %d) %s", t.Digits, t.Scale, base.Physical)
	case n.logical.name == "duration" && n.size == 12:
		t.Kind = "interval"
	case n.logical.name == "uuid" && n.size == 16:
		t.Kind = "uuid"
	default:
		return base
	}
	return t
}
