package sql_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/skein-bot/skein/rewrite"
	skeinsql "github.com/skein-bot/skein/rewrite/sql"
)

// mart is a schema of the width that analytics has: five tables of eighteen to twenty-eight columns.
var mart = map[string]string{
	"sales": `sold_day sold_minute item_key buyer_key home_key shop_key promo_key ticket units unit_cost list_price
		sale_price discount total_paid total_cost total_list tax coupon net_paid net_taxed net_profit channel currency`,
	"days": `day_key day_id full_date month_seq week_seq quarter_seq year weekday month day_of_month quarter fiscal_year
		fiscal_quarter fiscal_week day_name quarter_name holiday weekend after_holiday first_of_month last_of_month
		same_day_last_year same_day_last_quarter current_day current_week current_month current_quarter current_year`,
	"items": `item_key item_id valid_from valid_to description price cost brand_id brand class_id class category_id
		category maker_id maker size formulation color units_of_sale container manager_id product`,
	"shops": `shop_key shop_id opened_day closed_day shop_name employees floor_space hours manager market_id geography
		market_description market_manager division_id division company_id company street_number street street_type
		suite city county state zip country offset_hours tax_rate shop_class`,
	"buyers": `buyer_key buyer_id demo_key household_key address_key first_sale_day first_ship_day salutation first_name
		last_name preferred birth_day birth_month birth_year birth_country login email last_review`,
}

// reports are queries of the kind that fill dashboards: qualified and not, with trees of WITH and window functions.
var reports = []string{`
with yearly as (
  select buyer_id, first_name, last_name, preferred, birth_country, login, email, year as sales_year,
         sum(((total_list - total_cost - discount) + sale_price) / 2) as year_total,
         's' as sale_type
  from buyers, sales, days
  where buyers.buyer_key = sales.buyer_key
    and sold_day = day_key
  group by buyer_id, first_name, last_name, preferred, birth_country, login, email, year
)
select later.buyer_id, later.first_name, later.last_name, later.email
from yearly earlier, yearly later
where later.buyer_id = earlier.buyer_id
  and earlier.sale_type = 's'
  and later.sale_type = 's'
  and earlier.sales_year = 2001
  and later.sales_year = 2001 + 1
  and earlier.year_total > 0
  and case when earlier.year_total > 0 then later.year_total / earlier.year_total else 0.0 end > 1.1
order by later.buyer_id, later.first_name, later.last_name, later.email
limit 100`, `
select brand_id, brand, manager_id, year, month,
       sum(net_paid) as paid,
       rank() over (partition by year, month order by sum(net_paid) desc) as place
from days
join sales on sold_day = day_key
join items on items.item_key = sales.item_key
where category in ('Books', 'Home', 'Sports')
  and full_date between cast('1999-02-22' as date) and cast('1999-03-24' as date)
group by brand_id, brand, manager_id, year, month
having sum(net_paid) > 100
order by year, month, paid desc, brand_id
limit 100`, `
select s.shop_name, s.company_id, s.street_number, s.street, s.city, s.county, s.state, s.zip,
       sum(case when t.sold_minute - d.month_seq <= 30 then 1 else 0 end) as "30 days",
       sum(case when t.sold_minute - d.month_seq > 30 and t.sold_minute - d.month_seq <= 60 then 1 else 0 end) as "31 to 60 days",
       sum(case when t.sold_minute - d.month_seq > 60 and t.sold_minute - d.month_seq <= 90 then 1 else 0 end) as "61 to 90 days",
       sum(case when t.sold_minute - d.month_seq > 120 then t.net_paid else 0 end) as ">120 days"
from sales t
join shops s on t.shop_key = s.shop_key
left join days d on t.sold_day = d.day_key and d.year = 2001
where t.ticket is not null
  and exists (select 1 from buyers b where b.buyer_key = t.buyer_key and b.birth_year > 1950 and t.net_paid > 10)
group by s.shop_name, s.company_id, s.street_number, s.street, s.city, s.county, s.state, s.zip
order by s.shop_name, s.company_id, s.street_number, s.street
limit 100`, `
with per_item as (
  select sales.item_key, items.item_id, items.description, items.category, items.class, items.price,
         sum(net_paid) as revenue
  from sales join items on sales.item_key = items.item_key join days on sold_day = day_key
  where days.year = 2000
  group by sales.item_key, items.item_id, items.description, items.category, items.class, items.price
), shares as (
  select p.*, p.revenue * 100 / sum(p.revenue) over (partition by p.class) as revenue_share,
         row_number() over (partition by p.category order by p.revenue desc, p.item_id) as place
  from per_item p
)
select category, class, item_id, description, price, revenue, revenue_share
from shares
where place <= 10 and revenue > (select avg(net_paid) * 3 from sales where units > 1)
union all
select category, 'all', null, null, null, sum(revenue), 100
from shares
group by category
order by category, class, item_id`, `
select channel, category, sum(net_paid) as paid, sum(net_profit) as profit, count(distinct ticket) as tickets,
       sum(sum(net_paid)) over (partition by channel) as channel_paid,
       lag(sum(net_profit), 1) over (partition by category order by channel) as previous_profit
from sales
inner join items using (item_key)
inner join shops on sales.shop_key = shops.shop_key
where state in ('TN', 'SD', 'AL') -- net_paid is without tax
  and coalesce(sales.net_paid, 0) + coalesce(tax, 0) > 0
  and brand not like 'corp%'
group by rollup (channel, category)
order by channel nulls last, category nulls last`}

func martTables() []rewrite.Table {
	var out []rewrite.Table
	for _, name := range []string{"sales", "days", "items", "shops", "buyers"} {
		cols := columnsOf(mart[name])
		out = append(out, rewrite.Table{Dataset: name, Names: []string{name, "mart." + name}, Dialect: "postgres", Before: cols, After: cols})
	}
	return out
}

func martRequest() rewrite.Request {
	req := rewrite.Request{Dialect: "postgres", Catalog: rewrite.Catalog{Tables: martTables()},
		Mapping: rewrite.Mapping{Changes: []rewrite.Change{{Kind: rewrite.RenameField, Dataset: "sales", From: "net_paid", To: "net_amount"}}}}
	sales := &req.Catalog.Tables[0]
	sales.After = columnsOf(strings.Replace(mart["sales"], "net_paid", "net_amount", 1))
	return req
}

// cpu is the processor's time that this process took: what counts on a machine that others use too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRewrite reads, resolves, edits and proves reports that hold the name.
func BenchmarkRewrite(b *testing.B) {
	w, req := skeinsql.New(), martRequest()
	var files []rewrite.File
	size := 0
	for i, q := range reports {
		if !strings.Contains(q, "net_paid") {
			q += " -- no net_paid here"
		}
		f := rewrite.File{Path: fmt.Sprint(i, ".sql"), Content: []byte(q)}
		if res := w.Rewrite(f, req); len(res.Refusals) > 0 || res.Verified != (len(res.Edits) > 0) {
			b.Fatalf("%d: %+v", i, res.Refusals)
		}
		files, size = append(files, f), size+len(q)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		for _, f := range files {
			w.Rewrite(f, req)
		}
	}
	used := cpu(b) - start
	kb := float64(b.N) * float64(size) / 1024
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/kb, "µs/KB")
	b.ReportMetric(float64(used.Nanoseconds())/1000/kb, "cpu-µs/KB")
}

// BenchmarkScan is what files without any of twenty names cost, next to what gunzip takes to deliver them.
func BenchmarkScan(b *testing.B) {
	var text strings.Builder
	for i := range 25 { // every copy in other letters, or gunzip would only copy
		text.WriteString(strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' {
				return 'a' + (c-'a'+rune(i))%26
			}
			return c
		}, strings.Join(reports, ";\n")))
	}
	src := []byte(text.String())
	req := martRequest()
	req.Mapping.Changes = nil
	for i := range 10 {
		req.Mapping.Changes = append(req.Mapping.Changes, rewrite.Change{Kind: rewrite.RenameField,
			Dataset: fmt.Sprintf("warehouse.table_%d", i), From: fmt.Sprintf("column_%d", i), To: "x"})
	}
	b.Run("skein", func(b *testing.B) {
		w := skeinsql.New()
		if res := w.Rewrite(rewrite.File{Path: "q.sql", Content: src}, req); len(res.Edits)+len(res.Refusals)+len(res.Unrelated) > 0 {
			b.Fatalf("%+v", res)
		}
		b.SetBytes(int64(len(src)))
		b.ReportAllocs()
		for b.Loop() {
			w.Rewrite(rewrite.File{Path: "q.sql", Content: src}, req)
		}
	})
	b.Run("gunzip", func(b *testing.B) {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(src); err != nil || z.Close() != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			r, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	})
}
