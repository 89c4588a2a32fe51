// Sends GraphQL requests with one of two clients of Node.js, one after the other.
//   node clients.mjs apollo|graphql-request URL TOKEN < requests.json > replies.json
import { readFileSync, writeFileSync } from "node:fs";

const [library, url, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };

const clients = {
  async apollo() {
    const { ApolloClient, HttpLink, InMemoryCache, gql } = await import("@apollo/client");
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: url, headers }),
      defaultOptions: {
        query: { errorPolicy: "all", fetchPolicy: "no-cache" },
        mutate: { errorPolicy: "all", fetchPolicy: "no-cache" },
      },
    });
    return async ({ query, variables }) => {
      const document = gql(query);
      const reply =
        document.definitions[0].operation === "mutation"
          ? await client.mutate({ mutation: document, variables })
          : await client.query({ query: document, variables });
      const { data, error } = reply;
      return { data, errors: error && (error.errors ?? [{ message: error.message }]) };
    };
  },
  async "graphql-request"() {
    const { ClientError, GraphQLClient } = await import("graphql-request");
    const client = new GraphQLClient(url, { headers, errorPolicy: "all" });
    return async ({ query, variables }) => {
      try {
        const { data, errors } = await client.rawRequest(query, variables);
        return { data, errors };
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        return { errors: error.response.errors ?? [{ message: error.message }] };
      }
    };
  },
};

const send = await clients[library]();
const replies = [];
for (const request of JSON.parse(readFileSync(0))) replies.push(await send(request));
writeFileSync(1, JSON.stringify(replies));
