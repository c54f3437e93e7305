// One small program that is every tier of the sample: SERVICE_NAME says who it is, UPSTREAM_URI whom it asks.
// Without UPSTREAM_URI it is the end of the chain: the outside service that knows the time.
using TimeApp;

var options = TimeAppOptions.FromEnvironment(Environment.GetEnvironmentVariable);
using var upstream = new UpstreamClient(options.UpstreamUri, TimeProvider.System);
var tier = new Tier(options, upstream, TimeProvider.System);

var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://{options.BindAddress}:{options.Port}");
var app = builder.Build();
app.Map("/healthz", () => "ok\n");
app.Map("/{**path}", tier.AnswerAsync);

Console.WriteLine($"{options.ServiceName} listens on port {options.Port}, asks {options.UpstreamUri?.ToString() ?? "nobody"}");
await app.RunAsync();
