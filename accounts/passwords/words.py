"""Words of which passwords are made that anybody would guess: a list of our own, of what comes to mind first."""

WORDS = frozenset(
    """
    password passwort passwd pass passphrase wort mot de passe contrasena clave senha parola secret secrets private
    hidden unlock unlocked locked lock key keys login logon signin access enter open sesame letmein let me in for please
    welcome hello hi hey greetings goodbye bye thanks thank you
    admin administrator root superuser user guest test testing tester demo example sample default changeme change temp
    temporary new old my mine your the a an and is it this that not no yes i am we are our
    company office work worker job jobs career careers salary salaries wage wages pay payband money cash bank gold
    silver diamond rich million dollar euro boss manager employee
    computer laptop desktop internet server network system database windows linux apple google facebook amazon
    microsoft samsung android iphone website email mail phone mobile
    love loves lover iloveyou heart baby babe angel honey sweet sweetheart darling kiss family mother father mom dad
    mum sister brother son daughter friend friends forever ever never always together life happy smile sunshine sun
    moon star stars sky rainbow flower flowers rose lily butterfly princess prince queen king hero legend master magic
    dragon monkey tiger lion eagle wolf bear shark dog dogs puppy cat cats kitty kitten horse bird fish
    football soccer baseball basketball hockey tennis golf cricket rugby sport sports champion winner team
    batman superman spiderman pokemon starwars ninja pirate wizard shadow ghost killer hunter ranger phoenix matrix
    summer winter spring autumn fall january february march april may june july august september october november
    december monday tuesday wednesday thursday friday saturday sunday today tomorrow morning night day week month year
    red blue green yellow orange purple pink black white grey gray brown
    one two three four five six seven eight nine ten hundred thousand
    coffee pizza chocolate cookie cheese banana cherry lemon pepper sugar beer whisky wine water
    music guitar piano dance party summertime holiday vacation travel freedom peace dream dreams hope trust faith
    jesus christ god heaven bible church
    london paris berlin madrid rome newyork york chicago america england france germany india china canada australia
    texas california
    michael jessica daniel thomas robert jennifer andrew ashley matthew nicole anthony charlie jordan george hannah
    maria anna david john james william peter paul mary sarah laura emma sophie max alex chris sam ben
    correct horse battery staple trustno trust hunter whatever nothing something anything everything
    qwerty asdf zxcv qaz wsx edc abc xyz abcd
    secure security safe safety strong stronger long longer longest very really super best good great cool nice awesome
    number numbers letter letters word words character characters twelve
    """.split()  # noqa: SIM905  a list of strings would be ten times as long
)
