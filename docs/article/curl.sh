curl --location --request POST 'https://api.respondflow.com/graphql' \
--header 'Authorization: Bearer <token>' \
--header 'Content-Type: application/json' \
--data-raw '{"query":"mutation createMessage ($to: String!, $from: String!, $body: String!, $media: [String!]) {\n createMessage (to: $to, from: $from, body: $body, media: $media) {\n id\n legacyId\n toNumber\n fromNumber\n status\n statusDescription\n media\n body\n sentAt\n confirmedAt\n }\n}","variables":{"to":"+15555550145","from":"+15555550123","body":"Your One Time Code is 654312\n\nReply STOP to opt-out.","media":[]}}'
