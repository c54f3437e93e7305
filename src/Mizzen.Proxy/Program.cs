using Mizzen.Proxy.Commands;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
