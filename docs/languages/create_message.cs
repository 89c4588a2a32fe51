// Sends one text through the Volt GraphQL API, with VOLT_TOKEN set. By Mono:
//   mcs -r:System.Net.Http -r:System.Runtime.Serialization create_message.cs
//   mono create_message.exe

using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Threading.Tasks;

public static class CreateMessage
{
    const string Query = @"
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
";

    static readonly Variables Values = new Variables
    {
        to = "+15555550145",
        from = "+15555550123",
        body = "Your One Time Code is 654312\n\nReply STOP to opt-out.",
        media = new string[] {  },
    };

    // What is sent and read, by its names in JSON.
    public class Request { public string query; public Variables variables; }
    public class Variables { public string to, from, body; public string[] media; }
    public class Reply { public Data data; public Error[] errors; }
    public class Data { public Message createMessage; }
    public class Message { public string id, status; }
    public class Error { public string message; }

    public static int Main()
    {
        return Send().GetAwaiter().GetResult();
    }

    static async Task<int> Send()
    {
        string url = Environment.GetEnvironmentVariable("VOLT_API_URL");
        if (string.IsNullOrEmpty(url)) url = "https://api.respondflow.com/graphql";
        string token = Environment.GetEnvironmentVariable("VOLT_TOKEN")?.Trim();
        if (string.IsNullOrEmpty(token)) return Fail("VOLT_TOKEN is not set.");

        int status;
        string text;
        using (var handler = new HttpClientHandler { AllowAutoRedirect = false })
        using (var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) })
        {
            client.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", token);
            string json = Write(new Request { query = Query, variables = Values });
            try
            {
                // Never tried again by itself: Volt has no idempotency key, so a second try can
                // text twice.
                HttpResponseMessage response = await client.PostAsync(
                    url, new StringContent(json, Encoding.UTF8, "application/json"));
                status = (int)response.StatusCode;
                text = await response.Content.ReadAsStringAsync();
            }
            catch (Exception error)
            {
                return Fail("No reply: " + error.GetBaseException().Message
                    + ". Look whether the text went out before you send it again.");
            }
        }
        if (status != 200) return Fail("HTTP " + status + ": " + text);
        Reply reply = Read(text);
        Message message = reply?.data?.createMessage;
        if (message == null || reply.errors?.Length > 0)
        {
            return Fail("No accepted message in the reply: " + text);
        }
        Console.WriteLine("Accepted: " + message.id + " (" + message.status + ")");
        return 0;
    }

    static string Write(Request request)
    {
        using (var stream = new MemoryStream())
        {
            new DataContractJsonSerializer(typeof(Request)).WriteObject(stream, request);
            return Encoding.UTF8.GetString(stream.ToArray());
        }
    }

    static Reply Read(string json)
    {
        try
        {
            using (var stream = new MemoryStream(Encoding.UTF8.GetBytes(json)))
            {
                return (Reply)new DataContractJsonSerializer(typeof(Reply)).ReadObject(stream);
            }
        }
        catch (Exception)
        {
            return null; // it is no JSON, or not of this shape
        }
    }

    static int Fail(string reason)
    {
        Console.Error.WriteLine(reason);
        return 1;
    }
}
