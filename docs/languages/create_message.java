// Sends one text through the Volt GraphQL API: java create_message.java, with VOLT_TOKEN set.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

class CreateMessage {
    static final String QUERY = """
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
        """;
    static final String TO = "+15555550145";
    static final String FROM = "+15555550123";
    static final String BODY = "Your One Time Code is 654312\n\nReply STOP to opt-out.";
    static final List<String> MEDIA = List.of();

    public static void main(String[] arguments) throws InterruptedException {
        try {
            System.out.println("Accepted: " + send());
        } catch (IOException error) {
            System.err.println(error.getMessage());
            System.exit(1);
        }
    }

    static String send() throws IOException, InterruptedException {
        String url = setting("VOLT_API_URL").orElse("https://api.respondflow.com/graphql");
        String token = setting("VOLT_TOKEN")
            .orElseThrow(() -> new IOException("VOLT_TOKEN is not set."));
        String media = MEDIA.stream().map(CreateMessage::json).collect(Collectors.joining(","));
        String content = String.format(
            "{\"query\":%s,\"variables\":{\"to\":%s,\"from\":%s,\"body\":%s,\"media\":[%s]}}",
            json(QUERY), json(TO), json(FROM), json(BODY), media);
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(Duration.ofSeconds(30))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(content))
            .build();
        HttpResponse<String> response;
        try {
            // Never tried again by itself: Volt has no idempotency key, so a second try can text
            // twice.
            response = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException error) {
            throw new IOException("No reply: " + error
                + ". Look whether the text went out before you send it again.");
        }
        String reply = response.body();
        if (response.statusCode() != 200) {
            throw new IOException("HTTP " + response.statusCode() + ": " + reply);
        }
        boolean errors = field("errors", "\\[\\s*([^\\]\\s])", reply).isPresent();
        boolean message = field("createMessage", "(\\{)", reply).isPresent();
        if (errors || !message) {
            throw new IOException("No accepted message in the reply: " + reply);
        }
        return field("id", "\"([^\"]*)\"", reply).orElse(null)
            + " (" + field("status", "\"([^\"]*)\"", reply).orElse(null) + ")";
    }

    /** A variable of the environment, if it is set to anything. */
    static Optional<String> setting(String name) {
        return Optional.ofNullable(System.getenv(name))
            .map(String::strip).filter(value -> !value.isEmpty());
    }

    /** The text as a JSON string; Java itself writes and reads no JSON. */
    static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    /**
     * What stands behind a name in the reply. Only names are found: a quote within a text has a
     * backslash before it.
     */
    static Optional<String> field(String name, String value, String reply) {
        return Pattern.compile("\"" + name + "\"\\s*:\\s*" + value).matcher(reply).results()
            .findFirst().map(found -> found.group(1));
    }
}
