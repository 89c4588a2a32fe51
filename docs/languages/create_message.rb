# Sends one text through the Volt GraphQL API: ruby create_message.rb, with VOLT_TOKEN set.

require "json"
require "net/http"

url = URI(ENV.fetch("VOLT_API_URL", "https://api.respondflow.com/graphql"))
token = ENV.fetch("VOLT_TOKEN", "").strip
query = <<~'GRAPHQL'
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
GRAPHQL
variables = {
  to: "+15555550145",
  from: "+15555550123",
  body: "Your One Time Code is 654312\n\nReply STOP to opt-out.",
  media: [],
}

abort "VOLT_TOKEN is not set." if token.empty?
headers = { "Authorization" => "Bearer #{token}", "Content-Type" => "application/json" }
options = { use_ssl: url.scheme == "https", open_timeout: 10, read_timeout: 30, write_timeout: 30 }
begin
  # Never tried again by itself: Volt has no idempotency key, so a second try can text twice.
  response = Net::HTTP.start(url.hostname, url.port, options) do |http|
    http.post(url.request_uri, JSON.generate(query: query, variables: variables), headers)
  end
rescue StandardError => e
  abort "No reply: #{e.message}. Look whether the text went out before you send it again."
end
abort "HTTP #{response.code}: #{response.body}" unless response.code == "200"

begin
  reply = JSON.parse(response.body)
  message = reply.dig("data", "createMessage") if reply["errors"].to_a.empty?
rescue StandardError
  message = nil # it is no JSON, or not of this shape
end
abort "No accepted message in the reply: #{response.body}" if message.nil?
puts "Accepted: #{message["id"]} (#{message["status"]})"
