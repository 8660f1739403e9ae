package sql_test

import (
	"fmt"

	"github.com/skein-bot/skein/rewrite"
	"github.com/skein-bot/skein/rewrite/sql"
)

func Example() {
	src := []byte("select cust_id, sum(amount) as total from sales.orders group by cust_id order by cust_id")
	before := []rewrite.Column{{Name: "cust_id"}, {Name: "amount"}}
	after := []rewrite.Column{{Name: "customer_id"}, {Name: "amount"}}
	follow := sql.New().For(rewrite.Request{
		Dialect: "postgres",
		Mapping: rewrite.Mapping{Changes: []rewrite.Change{{
			Kind: rewrite.RenameField, Dataset: "sales.orders", From: "cust_id", To: "customer_id"}}},
		Catalog: rewrite.Catalog{Tables: []rewrite.Table{{
			Dataset: "sales.orders", Names: []string{"sales.orders"}, Before: before, After: after}}},
	})
	res := follow(rewrite.File{Path: "q.sql", Content: src})
	out, err := rewrite.Apply(src, res.Edits)
	fmt.Println(string(out), err, res.Verified)
	// Output: select customer_id as cust_id, sum(amount) as total from sales.orders group by customer_id order by cust_id <nil> true
}
