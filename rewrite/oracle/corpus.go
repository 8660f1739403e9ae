package oracle

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed corpus/*.sql
var files embed.FS // read only, as embedding demands

// Corpus is what people could have written about one schema.
type Corpus struct {
	Schema  *Schema
	Queries []*Query
	Taken   []string // names that columns are renamed to although they are in use
	Share   uint64   // of the queries, as in a Session
}

// Corpora are all that there are, as an engine can run them.
//
// A query stands between empty lines. A line before it, --! duckdb sqlite, names the engines that can run it, and
// a comment at its end, --writes t, the table that it changes; neither belongs to the query.
func Corpora(engine string) ([]Corpus, error) {
	names, err := fs.Glob(files, "corpus/*.sql")
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	var out []Corpus
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
		c := schemaOf(strings.TrimSuffix(path.Base(name), ".sql"))
		if c.Schema == nil {
			return nil, fmt.Errorf("%s: no schema of this name", name)
		}
		if c.Schema.Name == "nested" && engine != "duckdb" {
			continue
		}
		for i, part := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
			q := c.Schema.read(part)
			q.Name = fmt.Sprintf("%s/%d", c.Schema.Name, i+1)
			c.Queries = append(c.Queries, q)
		}
		out = append(out, c)
	}
	return out, nil
}

func (s *Schema) read(part string) *Query {
	q := &Query{Decides: people}
	if rest, ok := strings.CutPrefix(part, "--! "); ok {
		head, text, _ := strings.Cut(rest, "\n")
		q.Engines, part = strings.Fields(head), text
	}
	if before, table, ok := strings.Cut(part, " --writes "); ok {
		part, q.Writes = before, strings.TrimSpace(table)
		q.Columns = s.Table(q.Writes).Paths()
	}
	q.SQL = part
	return q
}

// people must look at what is done with a value whose name changes.
func people(ch Change) string {
	if ch.Mode == Value {
		return "a value may be used in any way"
	}
	return ""
}

// schemaOf is the schema that a file of the corpus is about. Names are shared on purpose.
func schemaOf(name string) Corpus {
	switch name {
	case "retail":
		return Corpus{Taken: []string{"price", "region", "parent_id"}, Schema: &Schema{Name: name, Tables: []Table{
			table("customers", 14, "id key", "name text ann bob cy dan eve", "region text north south east", "segment text home office open", "parent_id int 5"),
			table("orders", 24, "id key", "customer_id int 15", "status text open paid sent", "ordered_on date 12", "amount int 9", "region text north south east"),
			table("items", 30, "id key", "order_id int 25", "product_id int 9", "quantity int 4", "price int 7", "amount int 8"),
			table("products", 10, "id key", "name text pin pan pot ann", "category text a b", "price int 8", "status text open paid home"),
		}}}
	case "events":
		return Corpus{Taken: []string{"value", "name", "n"}, Schema: &Schema{Name: name, Tables: []Table{
			table("users", 10, "id key", "name text ann bob cy dan", "plan text free pro team", "day date 12", "ref_id int 6"),
			table("sessions", 18, "id key", "user_id int 10", "device text web app tv", "day date 12", "duration int 7"),
			table("events", 30, "id key", "session_id int 18", "user_id int 10", "kind text view buy free", "value int 6", "day date 12"),
		}}}
	case "finance":
		return Corpus{Taken: []string{"kind", "amount", "id"}, Schema: &Schema{Name: name, Tables: []Table{
			table("accounts", 12, "id key", "owner text ann bob cy", "kind text cash card bond", "status text open done", "balance int 9", "opened date 12"),
			table("transfers", 24, "id key", "from_id int 12", "to_id int 12", "amount int 8", "kind text cash card bond", "status text open done", "day date 9"),
			table("rates", 16, "id key", "kind text cash card bond", "day date 9", "rate int 5"),
		}}}
	case "hr":
		return Corpus{Taken: []string{"name", "level", "days"}, Schema: &Schema{Name: name, Tables: []Table{
			table("people", 18, "id key", "name text ann bob cara dan", "dept_id int 5", "manager_id int 9", "salary int 8", "level int 4"),
			table("depts", 6, "id key", "name text ann ops bob", "manager_id int 9", "budget int 30", "region text north south"),
			table("absences", 20, "id key", "person_id int 18", "kind text sick off", "days int 6"),
		}}}
	case "wholesale": // the shapes of TPC-H: every column has its table's letter, and is written without the table
		return Corpus{Taken: []string{"c_name", "revenue"}, Share: 5, Schema: &Schema{Name: name, Tables: []Table{
			table("regions", 3, "r_key key", "r_name text europe asia africa"),
			table("nations", 6, "n_key key", "n_name text peru oman mali laos", "n_region int 4"),
			table("suppliers", 9, "s_key key", "s_name text ann bob cy dan eve", "s_nation int 7", "s_balance int 9"),
			table("parts", 10, "p_key key", "p_name text pen pin can tin", "p_kind text bolt band tube", "p_size int 6", "p_brand text acme best core"),
			table("offers", 40, "f_part int 11", "f_supplier int 10", "f_cost int 7", "f_stock int 9"),
			table("customers", 14, "c_key key", "c_name text ann bob cy dan", "c_nation int 7", "c_segment text farm home shop", "c_balance int 9"),
			table("orders", 20, "b_key key", "b_customer int 15", "b_day date 12", "b_status text open done void", "b_total int 30", "b_priority text high soon low"),
			table("lines", 60, "l_order int 21", "l_part int 11", "l_supplier int 10", "l_quantity int 8", "l_price int 9", "l_discount int 5",
				"l_shipped date 12", "l_received date 12", "l_due date 12", "l_mode text ship rail road", "l_flag text back kept"),
		}}}
	case "channels": // the shapes of TPC-DS, with names that tables share
		return Corpus{Taken: []string{"price", "total"}, Share: 5, Schema: &Schema{Name: name, Tables: []Table{
			table("days", 20, "id key", "day date 12", "year int 3", "month int 12", "quarter int 4", "weekday text mon tue sat"),
			table("stores", 6, "id key", "name text ann bob cy dan", "region text north south east"),
			table("items", 12, "id key", "name text pen pin can tin", "brand text acme best zeta", "category text food toys", "price int 8", "maker int 6"),
			table("shoppers", 14, "id key", "name text ann bob cy dan eve", "region text north south east", "household_id int 8", "birth_year int 9"),
			table("households", 7, "id key", "income int 5", "children int 3", "vehicles int 4"),
			table("sales", 60, "id key", "day_id int 21", "item_id int 13", "shopper_id int 15", "store_id int 7", "quantity int 7", "price int 9", "cost int 6", "coupon int 5"),
			table("web_orders", 40, "day_id int 21", "shipped_id int 21", "item_id int 13", "shopper_id int 15", "quantity int 7", "price int 9", "cost int 6"),
			table("mail_orders", 40, "order_no int 15", "day_id int 21", "shipped_id int 21", "item_id int 13", "shopper_id int 15", "quantity int 7", "price int 9", "cost int 6", "coupon int 5"),
			table("returns", 30, "day_id int 21", "item_id int 13", "shopper_id int 15", "store_id int 7", "quantity int 4", "amount int 9", "reason text late torn"),
			table("promos", 6, "id key", "item_id int 13", "channel text mail tv web"),
			table("stock", 40, "day_id int 21", "item_id int 6", "warehouse int 3", "quantity int 8"),
		}}}
	case "nested":
		return Corpus{Taken: []string{"f", "t"}, Schema: &Schema{Name: name, Tables: []Table{
			table("places", 12, "id key", "name text ann bob cy", "address struct 5", "tags list 4", "size int 5"),
			table("visits", 14, "id key", "place_id int 12", "name text ann bob cy", "size int 5"),
		}}}
	}
	return Corpus{}
}
