using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Explanation;

namespace Mizzen.Proxy.Commands;

/// <summary><c>mizzen-proxy explain</c>: what a configuration does with requests, without serving any.</summary>
internal static class ExplainCommand
{
    public const string Name = "explain";

    public const string Help = """
        mizzen-proxy explain: says what a configuration does with requests, by the code that serves traffic

        usage: mizzen-proxy explain <question.json

        Standard input is {"config": CONFIG_DUMP, "requests": [REQUEST, …]}: a dump in the shape of Envoy's /config_dump?include_eds, and requests
        {"destination": "10.96.0.1:80", "method": "GET", "path": "/", "authority": "reviews", "headers": [{"name": …, "value": …}]}
        ("serverName": NAME or "applicationProtocols": [ALPN, …] when it begins with TLS; no method when it is not HTTP; "inbound": true and
        "client": {"address": IP, "principal": SPIFFE ID} when it arrives at the server's proxy). Standard output is {"answers": [{"listener", "chain",
        "access": [{"action", "policy": the one that matches, "refused"}], "routeConfiguration", "virtualHost", "route",
        "mismatches": [why each earlier route does not match], "end": why there is no route}, …]}.

        """;

    public static async Task<int> RunAsync(string[] arguments, TextReader input, TextWriter output)
    {
        if (arguments is ["--help" or "-h"])
        {
            await output.WriteAsync(Help);
            return CommandLine.Success;
        }

        if (arguments.Length > 0)
        {
            throw new UsageException("explain takes no arguments: it reads a question from standard input (see  mizzen-proxy explain --help)");
        }

        var question = JsonText.Object(await input.ReadToEndAsync(), "the question");
        var store = DumpReader.Read(Part(question, "config").StructValue ?? throw new InvalidDataException("the question's config is no configuration dump"));
        // A dump has no keys, and nothing is encrypted here: what waits for secrets is explained without them.
        _ = store.Without([.. store.SecretNames, .. store.LocalSecretNames]);
        var snapshot = store.Snapshot();
        var answers = Part(question, "requests").ListValue?.Values.Select(request => Value.ForStruct(Answer.To(Question.Read(request.StructValue), snapshot)))
            ?? throw new InvalidDataException("the question's requests are no list");
        await output.WriteLineAsync(JsonFormatter.Default.Format(new Struct { Fields = { ["answers"] = Value.ForList([.. answers]) } }));
        return CommandLine.Success;
    }

    private static Value Part(Struct question, string name) =>
        question.Fields.TryGetValue(name, out var value) ? value : throw new InvalidDataException($"the question has no {name} (see  mizzen-proxy explain --help)");
}
