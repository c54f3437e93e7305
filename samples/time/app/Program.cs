// One small program that is every tier of the sample: SERVICE_NAME says who it is, UPSTREAM_URI whom it asks.
// Without UPSTREAM_URI it is the end of the chain: the outside service that knows the time.
using TimeApp;

var options = TimeAppOptions.FromEnvironment(Environment.GetEnvironmentVariable);
using var upstream = new UpstreamClient(options.UpstreamUri, TimeProvider.System);
var tier = new Tier(options, upstream, TimeProvider.System);

// Nothing but the server: a builder with settings files would watch its working directory, which in a pod is the whole root.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls($"http://{options.BindAddress}:{options.Port}");
builder.Services.AddRoutingCore();
var app = builder.Build();

// Whoever is told to end is still in its callers' lists for a moment: it answers until they have heard of it.
app.Lifetime.ApplicationStopping.Register(() => Thread.Sleep(TimeAppOptions.DrainTime));

app.Map("/healthz", () => "ok\n");
app.Map("/{**path}", tier.AnswerAsync);

Console.WriteLine($"{options.ServiceName} listens on port {options.Port}, asks {options.UpstreamUri?.ToString() ?? "nobody"}");
await app.RunAsync();
