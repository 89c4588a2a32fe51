// Sends one text through the Volt GraphQL API: go run create_message.go, with VOLT_TOKEN set.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

const query = `
mutation createMessage($to: String!, $from: String!, $body: String!, $media: [String!]) {
  createMessage(to: $to, from: $from, body: $body, media: $media) {
    id
    legacyId
    toNumber
    fromNumber
    status
    statusDescription
    media
    body
    sentAt
    confirmedAt
  }
}
`

var variables = map[string]any{
	"to":    "+15555550145",
	"from":  "+15555550123",
	"body":  "Your One Time Code is 654312\n\nReply STOP to opt-out.",
	"media": []string{},
}

func main() {
	url := os.Getenv("VOLT_API_URL")
	if url == "" {
		url = "https://api.respondflow.com/graphql"
	}
	token := strings.TrimSpace(os.Getenv("VOLT_TOKEN"))
	if token == "" {
		fail("VOLT_TOKEN is not set.")
	}
	content, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		fail("Cannot write the request: %v", err)
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(content))
	if err != nil {
		fail("Cannot make the request: %v", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}

	// Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
	response, err := client.Do(request)
	var text []byte
	if err == nil {
		defer response.Body.Close()
		text, err = io.ReadAll(response.Body)
	}
	if err != nil {
		fail("No reply: %v. Look whether the text went out before you send it again.", err)
	}
	if response.StatusCode != http.StatusOK {
		fail("HTTP %d: %s", response.StatusCode, text)
	}
	var reply struct {
		Data struct {
			CreateMessage *struct{ ID, Status string }
		}
		Errors []any
	}
	err = json.Unmarshal(text, &reply)
	message := reply.Data.CreateMessage
	if err != nil || message == nil || len(reply.Errors) > 0 {
		fail("No accepted message in the reply: %s", text)
	}
	fmt.Printf("Accepted: %s (%s)\n", message.ID, message.Status)
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
