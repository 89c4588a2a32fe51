<?php
// Sends one text through the Volt GraphQL API: php create_message.php, with VOLT_TOKEN set.

declare(strict_types=1);

$url = getenv("VOLT_API_URL") ?: "https://api.respondflow.com/graphql";
$token = trim(getenv("VOLT_TOKEN") ?: "");
$query = <<<'GRAPHQL'
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
GRAPHQL;
$variables = [
    "to" => "+15555550145",
    "from" => "+15555550123",
    "body" => "Your One Time Code is 654312\n\nReply STOP to opt-out.",
    "media" => [],
];

function fail(string $reason): never
{
    fwrite(STDERR, $reason . PHP_EOL);
    exit(1);
}

if ($token === "") {
    fail("VOLT_TOKEN is not set.");
}
$context = stream_context_create(["http" => [
    "method" => "POST",
    "header" => ["Authorization: Bearer $token", "Content-Type: application/json"],
    "content" => json_encode(["query" => $query, "variables" => $variables], JSON_THROW_ON_ERROR),
    "timeout" => 30,
    "follow_location" => 0,
    "ignore_errors" => true, // also read the reply when its status is 400 or more
]]);
// Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
$reasons = [];
set_error_handler(function (int $level, string $reason) use (&$reasons): bool {
    $reasons[] = $reason;
    return true;
});
$stream = fopen($url, "r", false, $context);
restore_error_handler();
if ($stream === false) {
    $reason = implode("; ", $reasons);
    fail("No reply: $reason. Look whether the text went out before you send it again.");
}
$status = explode(" ", stream_get_meta_data($stream)["wrapper_data"][0])[1];
$text = stream_get_contents($stream);
if ($status !== "200") {
    fail("HTTP $status: $text");
}
$reply = json_decode($text, true);
$message = $reply["data"]["createMessage"] ?? null;
if ($message === null || !empty($reply["errors"])) {
    fail("No accepted message in the reply: $text");
}
echo "Accepted: {$message["id"]} ({$message["status"]})", PHP_EOL;
