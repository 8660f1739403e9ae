SELECT `c`.`country`, COUNT(DISTINCT `o`.`cust_id`) AS `buyers`, SUM(`o`.`amount`) AS `sales`
FROM `sales`.`orders` `o`, `sales`.`customers` `c`
WHERE `o`.`cust_id` = `c`.`customer_id` AND `o`.`status` IN ('paid', 'invoiced')
GROUP BY `c`.`country` ORDER BY `sales` DESC;
