package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// answer writes what a bank sends back for the lines that `payrun bank --all --json` lists: all paid but the last, which is
// returned. The accounts are left out, as banks that mask them do.
func answer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answer TOLD FILE")
	}
	var told struct {
		Lines []struct{ PayRef, Amount string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &told))
	if len(told.Lines) == 0 {
		ts.Fatalf("%s lists no lines", args[0])
	}
	var b strings.Builder
	b.WriteString("\ufeff付款附言,收款账号,收款户名,金额,处理结果,失败原因,记账日期,流水号\r\n")
	for i, l := range told.Lines {
		result, reason, serial := "成功", "", fmt.Sprint("S", i)
		if i == len(told.Lines)-1 {
			result, reason, serial = "失败", "账户已销户", ""
		}
		fmt.Fprintf(&b, "%s,,,%s,%s,%s,2021-11-20,%s\r\n", l.PayRef, l.Amount, result, reason, serial)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}
